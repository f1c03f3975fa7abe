"""Where a function's container lives: on the machine's network, or in a subnet beside the hosts.

A rehearsal writes function-networks.json into the stack's folder: the network namespace of each function that
EC2's hosts must see as a neighbour. Nothing leads from there to the machine, so that what Lambda itself gives
a function, its runtime interface and the AWS API, is relayed: a process whose listening socket is in there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from local_stack.errors import StackNotReadyError
from local_stack.state import CHECKOUT, StackState

FILE = "function-networks.json"


def namespace_of(state: StackState, function: str) -> str | None:
    """Return the path of a function's namespace; None for the machine's own network."""
    path = state.directory / FILE
    found = json.loads(path.read_text()).get(function) if path.exists() else None
    return None if found is None else str(found)


def network_option(namespace: str | None) -> str:
    """Return what podman is told."""
    return "--network=host" if namespace is None else f"--network=ns:{namespace}"


class Relay:
    """Ports of the machine's loopback answer on the loopback of a namespace, for as long as this is open."""

    def __init__(self, namespace: str, *ports: int) -> None:
        prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
        script = str(CHECKOUT / "local_stack" / "aws" / "relay.py")
        self._process = subprocess.Popen(
            [*prefix, sys.executable, "-B", script, namespace, *map(str, ports)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path("/"),
        )
        if self._process.stdout is None or self._process.stdout.readline() != b"ready\n":
            raise StackNotReadyError(f"nothing could listen in {namespace}", "ip netns list")

    def close(self) -> None:
        """Stop it: it ends with its standard input."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=10)
