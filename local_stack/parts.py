"""Starts, stops and asks after the parts of the local stack that are Python processes."""

from __future__ import annotations

import http.client
import os
import sys
from urllib.parse import urlsplit

from local_stack import podman, processes
from local_stack.errors import StackError
from local_stack.state import CHECKOUT, StackState, is_port_free

HEALTH_PATH = "/_local/health"
START_SECONDS = 60.0
PORT_SECONDS = 5.0
PYTHON_PARTS = {"aws": "local_stack.aws.server", "edge": "local_stack.edge.server"}


def url_of(state: StackState, part: str) -> str:
    """Return where a Python part answers."""
    return state.aws_endpoint_url if part == "aws" else state.api_url


def start_python_part(state: StackState, part: str) -> StackState:
    """The part runs detached and answers, and the state knows its process. Idempotent."""
    if processes.is_alive(state.processes.get(part)):
        return state
    port = state.port_of(url_of(state, part))
    # a killed server's last threads can hold its port a moment longer than the process seems to live
    if not processes.wait_until(lambda: is_port_free(port), PORT_SECONDS):
        raise StackError(
            f"port {port}, kept for {part}, is in use by another program", f"ss -ltnp 'sport = :{port}'"
        )
    log = state.log_directory / f"{part}.log"
    command = [sys.executable, "-m", PYTHON_PARTS[part], str(state.directory)]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    mark = processes.start(command, log, environment | {"PYTHONPATH": str(CHECKOUT)}, state.directory)
    state = state.with_process(part, mark).save()
    processes.await_health(
        part, lambda: is_answering(url_of(state, part)), lambda: processes.is_alive(mark), log, START_SECONDS
    )
    return state


def stop_python_part(state: StackState, part: str) -> StackState:
    """The part's process is gone, stopped by its own number, and the state forgets it."""
    processes.stop(state.processes.get(part))
    if part == "aws":
        podman.remove_all(state, "lambda-")
    return state.with_process(part, None).save()


def is_answering(url: str) -> bool:
    """Say whether a Python part's health path answers within two seconds."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=2)
    try:
        connection.request("GET", HEALTH_PATH)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
