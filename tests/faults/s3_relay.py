"""A relay between the ETL and the emulated S3 that tells a journey of each request, and breaks some."""

import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from tests.faults.journey import CutError, Journey, Step, phase_of_request

_OWN = {"connection", "transfer-encoding", "content-length", "date", "server", "keep-alive"}
# method, path with query; returns the name of a fault, or None
Fault = Callable[[str, str], str | None]
_REFUSALS = {
    "internal error": (500, "InternalError"),
    "slow down": (503, "SlowDown"),
    "forbidden": (403, "AccessDenied"),
    "not found": (404, "NoSuchKey"),
}
STALL_SECONDS = 3.0


def no_fault(_method: str, _path: str) -> str | None:
    return None


class S3Relay:
    """Listens on a port of its own for HTTP and passes all on, unless a fault is due."""

    def __init__(self, upstream_url: str) -> None:
        self.upstream = urlsplit(upstream_url).netloc
        self.journey = Journey()
        self.fault: Fault = no_fault
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def _handler_of(relay: S3Relay) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        of = relay

    return Handler


class _Handler(BaseHTTPRequestHandler):
    of: S3Relay
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body go out together
    disable_nagle_algorithm = True
    upstream: HTTPConnection | None = None

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: the tests read what the ETL says."""

    def handle(self) -> None:
        with suppress(OSError, CutError):
            super().handle()
        if self.upstream is not None:
            self.upstream.close()

    def finish(self) -> None:
        with suppress(OSError):
            super().finish()

    def _relay(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        step = Step(phase_of_request(self.command, self.path), f"{self.command} {self.path}", is_answer=False)
        self.of.journey.take(step)
        fault = self.of.fault(self.command, self.path)
        if fault is not None and self._break_before(fault):
            return
        status, headers, answer = self._ask(body)
        self.of.journey.take(Step(step.phase, step.what, is_answer=True))
        if fault == "cut short":
            self._cut_short(status, headers, answer)
            return
        if fault == "shortened":
            answer = answer[: len(answer) // 2]
        self._say(status, headers, answer)

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _relay  # noqa: N815 - the library's names

    def _ask(self, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        if self.upstream is None:
            self.upstream = HTTPConnection(self.of.upstream, timeout=30)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        self.upstream.request(self.command, self.path, body or None, headers)
        response = self.upstream.getresponse()
        return response.status, response.getheaders(), response.read()

    def _say(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in _OWN:
                self.send_header(name, value)
        is_head = self.command == "HEAD"
        length = dict(headers).get("Content-Length", "0") if is_head else str(len(body))
        self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(b"" if is_head else body)
        self.wfile.flush()

    def _break_before(self, fault: str) -> bool:
        """Break the request before S3 hears of it; return whether it is over."""
        if fault in _REFUSALS:
            status, code = _REFUSALS[fault]
            error = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>test</Message></Error>"
            self._say(status, [("Content-Type", "application/xml")], error.encode())
            return True
        if fault == "reset":
            # closed with this option, a connection is reset
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return True
        if fault == "stall":
            time.sleep(STALL_SECONDS)
            self.close_connection = True
            return True
        return False

    def _cut_short(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Promise the whole answer, send half of it, close."""
        self.send_response(status)
        for name, value in headers:
            if name.lower() not in _OWN:
                self.send_header(name, value)
        self.send_header("Content-Length", str(max(len(body), 2)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.wfile.flush()
        self.close_connection = True
