"""The Lambda Runtime API of one execution environment, as AWS documents it (version 2018-06-01).

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

from __future__ import annotations

import json
import queue
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

Kind = Literal["response", "error", "init error"]


@dataclass(frozen=True)
class Event:
    """One invocation that waits for the runtime: `deadline_ms` is in Unix milliseconds."""

    request_id: str
    payload: bytes
    deadline_ms: int
    function_arn: str


@dataclass(frozen=True)
class Answer:
    """What the runtime posted about an invocation, or about its own start."""

    kind: Kind
    request_id: str
    payload: bytes


class RuntimeApi:
    """A server on a free port of 127.0.0.1 that hands events to one runtime and takes its answers."""

    def __init__(self) -> None:
        self.events: queue.Queue[Event | None] = queue.Queue()
        self.answers: queue.Queue[Answer] = queue.Queue()
        self.is_ready = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """The value of AWS_LAMBDA_RUNTIME_API."""
        return f"127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop listening; a runtime that waits for its next event is let go."""
        self.events.put(None)
        self._server.shutdown()
        self._server.server_close()


def _handler_for(api: RuntimeApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body leave together: two small packets would wait 40 ms for each other
        disable_nagle_algorithm = True

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing: the function's own output is its log."""

        def do_GET(self) -> None:
            """Answer `next` when there is an event; the first time, the function has been initialised."""
            api.is_ready.set()
            event = api.events.get()
            if event is None:
                self._send(410)
                return
            self._send(200, event.payload, _headers_of(event))

        def do_POST(self) -> None:
            """Take an answer: invocation/<id>/response, invocation/<id>/error or init/error."""
            payload = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            *_, request_id, last = self.path.split("/")
            kind: Kind = "init error" if request_id == "init" else "error" if last == "error" else "response"
            api.answers.put(Answer(kind, request_id, payload))
            self._send(202, json.dumps({"status": "OK"}).encode())

        def _send(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


def _headers_of(event: Event) -> dict[str, str]:
    """Return the headers that tell the runtime about an invocation."""
    return {
        "Lambda-Runtime-Aws-Request-Id": event.request_id,
        "Lambda-Runtime-Deadline-Ms": str(event.deadline_ms),
        "Lambda-Runtime-Invoked-Function-Arn": event.function_arn,
        "Content-Type": "application/json",
    }
