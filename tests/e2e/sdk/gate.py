"""A gate before the events API, which sees every request of the browser and can answer in the API's place."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import requests

# those of one connection, and those that each server writes itself
NOT_PASSED_ON = {"connection", "transfer-encoding", "content-length", "date", "server", "host"}


@dataclass(frozen=True)
class Answer:
    """What the gate answers."""

    status: int
    headers: dict[str, str]
    body: bytes = b"{}"


@dataclass(frozen=True)
class Seen:
    """One request as it came through the gate, with the status that it got."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int
    began_at: float
    ended_at: float

    @property
    def batch(self) -> dict[str, Any]:
        """The batch in the body."""
        batch: dict[str, Any] = json.loads(self.body)
        return batch

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events in the batch."""
        events: list[dict[str, Any]] = self.batch["events"]
        return events


@dataclass
class Gate:
    """Forwards to the API and keeps every request; while faults are left, they are the answers."""

    api_url: str
    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    faults: deque[tuple[int, dict[str, str]]] = field(default_factory=deque)
    delay_seconds: float = 0.0
    is_hiding_answers: bool = False

    @contextmanager
    def answers_hidden(self) -> Iterator[None]:
        """Let the API do its work, and keep its answers from the browser."""
        self.is_hiding_answers = True
        yield
        self.is_hiding_answers = False

    def posts(self, marker: str) -> list[Seen]:
        """Return the posts with events of pages that have the marker in their address, in order."""
        return [one for one in self.seen if one.method == "POST" and marker.encode() in one.body]

    def pass_on(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        """Return the API's answer or the next fault, after the delay."""
        began_at = time.monotonic()
        time.sleep(self.delay_seconds)
        answer = self._fault(headers) if method == "POST" and self.faults else None
        answer = answer or self._forwarded(method, path, headers, body)
        self.seen.append(Seen(method, path, headers, body, answer.status, began_at, time.monotonic()))
        return answer

    def _fault(self, headers: dict[str, str]) -> Answer:
        status, more = self.faults.popleft()
        allowed = {"access-control-allow-origin": headers.get("origin", "*")}
        return Answer(status, {**allowed, "access-control-expose-headers": "retry-after", **more})

    def _forwarded(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer:
        passed = {name: value for name, value in headers.items() if name not in NOT_PASSED_ON}
        answer = requests.request(method, self.api_url + path, headers=passed, data=body, timeout=30)
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in NOT_PASSED_ON}
        if self.is_hiding_answers:
            kept = {}
        return Answer(answer.status_code, kept, answer.content)


@contextmanager
def gate_before(api_url: str) -> Iterator[Gate]:
    """Yield a running gate."""
    gate = Gate(api_url)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            write(self, gate.pass_on(self.command, self.path, headers, body))

        def do_POST(self) -> None:
            self._answer()

        def do_OPTIONS(self) -> None:
            self._answer()

        def log_message(self, *_: object) -> None:
            """Say nothing: what came is in `seen`."""

    with running(Handler) as gate.url:
        yield gate


def write(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    """Send an answer; a browser that has gone is no error."""
    try:
        handler.send_response(answer.status)
        for name, value in {**answer.headers, "content-length": str(len(answer.body))}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(answer.body)
    except ConnectionError:
        handler.close_connection = True


@contextmanager
def running(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Yield the address of a server on a free port of loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
