"""The door by which hosts of the VPC come: a Unix socket that only the gateway of their network opens.

The gateway says which host asks. What comes in here goes through the VPC's endpoints or
nowhere: without a gateway endpoint in its subnet's route table a host does not reach S3, and without an
interface endpoint it does not reach Systems Manager.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from cheroot import wsgi

from local_stack.aws import instances, vpc_paths
from local_stack.state import ACCOUNT_ID

# Relative to the stack's folder, which is the process's own: the name of a socket must be short.
SOCKET = Path("vpc/door.sock")
INSTANCES_PATH = "/_local/instances"
THREADS = 16
_SERVICE = re.compile(r"(?:.+\.)?(s3|ssm|ssmmessages)\.([a-z0-9-]+)\.amazonaws\.com(?::443)?")
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class VpcDoor:
    """A WSGI application that lets in what a host may reach."""

    def __init__(self, region: str, answer: Wsgi) -> None:
        self._region = region
        self._answer = answer

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request of a host."""
        address = environ.get(vpc_paths.SOURCE_VARIABLE, "")
        instance = vpc_paths.host_at(address, ACCOUNT_ID, self._region)
        if environ["PATH_INFO"] == INSTANCES_PATH and instance is not None:
            return _say(start_response, "200 OK", json.dumps(instances.describe(instance, self._region)))
        host = _SERVICE.fullmatch(environ.get("HTTP_HOST", ""))
        if host is None or instance is None or host[2] != self._region:
            return _say(start_response, "404 Not Found")
        if not vpc_paths.has_way(instance, host[1], ACCOUNT_ID, self._region):
            return _say(start_response, "504 Gateway Timeout")
        return self._answer(environ, start_response)

    def serve(self) -> wsgi.Server:
        """Open the socket and answer in threads of its own; stop it with `.stop()`."""
        SOCKET.parent.mkdir(mode=0o700, exist_ok=True)
        server = wsgi.Server(str(SOCKET), self, numthreads=THREADS, timeout=120, shutdown_timeout=3)
        server.prepare()
        threading.Thread(target=server.serve, daemon=True).start()
        return server


def _say(start_response: Callable[..., Any], status: str, text: str = "") -> Iterable[bytes]:
    body = text.encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
