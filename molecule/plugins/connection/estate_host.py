"""Ansible's connection to a host of an estate: one `podman exec` a task, because modules come by its input.

containers.podman's own connection has no pipelining in the collection that serves Python 3.11: it copies each
module in several steps, which takes a multiple of the time.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

from ansible.errors import AnsibleConnectionFailure, AnsibleFileNotFound
from ansible.plugins.connection import ConnectionBase, ensure_connect

DOCUMENTATION = """
name: estate_host
short_description: Hosts of the local stack, in containers
description: Runs commands in the container of a host of an estate, as root's podman sees it.
options:
  remote_addr:
    description:
      - The host's name in the estate. Ansible itself sets ansible_host to the name of the host that a task is
        delegated to; the inventory must not, because what it computes counts for the host that delegates.
    default: inventory_hostname
    vars: [{name: inventory_hostname}, {name: ansible_host}]
  estate_prefix:
    description: What the names of the estate's containers begin with.
    vars: [{name: host_estate_prefix}]
    required: true
  remote_user:
    description: The user in the host.
    default: admin
    vars: [{name: ansible_user}]
  pipelining:
    description: Whether modules come by standard input.
    type: bool
    default: true
    vars: [{name: ansible_pipelining}]
"""


class Connection(ConnectionBase):
    """Commands and files go through `podman exec`."""

    transport = "estate_host"
    has_pipelining = True

    def _connect(self) -> Connection:
        super()._connect()
        self._connected = True
        return self

    @ensure_connect
    def exec_command(
        self, cmd: str, in_data: bytes | None = None, sudoable: bool = True
    ) -> tuple[int, bytes, bytes]:
        """Run a command and return its code and what it said."""
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        return self._run(shlex.split(cmd), in_data)

    @ensure_connect
    def put_file(self, in_path: str, out_path: str) -> None:
        """The file is in the host."""
        super().put_file(in_path, out_path)
        if not Path(in_path).exists():
            raise AnsibleFileNotFound(f"{in_path} must be there to be copied to {out_path}")
        code, _, error = self._run(["sh", "-c", 'cat >"$1"', "sh", out_path], Path(in_path).read_bytes())
        if code:
            raise AnsibleConnectionFailure(f"{in_path} can't be copied to {out_path}: {error.decode()}")

    @ensure_connect
    def fetch_file(self, in_path: str, out_path: str) -> None:
        """The host's file is here."""
        super().fetch_file(in_path, out_path)
        code, said, error = self._run(["cat", in_path], None)
        if code:
            raise AnsibleConnectionFailure(f"{in_path} can't be fetched: {error.decode()}")
        Path(out_path).write_bytes(said)

    def close(self) -> None:
        """Nothing stays open between commands."""
        self._connected = False

    def _run(self, command: list[str], text: bytes | None) -> tuple[int, bytes, bytes]:
        podman = ["podman"] if os.geteuid() == 0 else ["sudo", "-n", "podman"]
        place = ["exec", "--interactive", "--user", self.get_option("remote_user")]
        container = f"{self.get_option('estate_prefix')}-{self.get_option('remote_addr')}"
        done = subprocess.run(
            [*podman, *place, container, *command],
            input=text or b"",
            capture_output=True,
            check=False,
        )
        if done.returncode in {125, 255} and b"container" in done.stderr:
            raise AnsibleConnectionFailure(done.stderr.decode(errors="replace").strip())
        return done.returncode, done.stdout, done.stderr
