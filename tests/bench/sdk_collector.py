"""Shop pages and a collector for every tracker, in a process of its own; ours is answered by `ingest` itself.

    python -m tests.bench.sdk_collector BUILT SCRIPT    says its port, and ends with its standard input

BUILT has the bundles of `sdk_peers/build.mjs`, SCRIPT is cloudworks.js. Pages are at localhost, the collector
is at 127.0.0.1, so that a request from one to the other is cross-origin. GET /seen/TRACKER tells what came.
"""

import json
import os
import sys
import threading
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from local_stack.edge.payload import HttpRequest, Target, event_of
from tests.bench.sdk_marks import IDS, marked_events
from tests.e2e.sdk.gate import Answer, write

# what each peer's server says when all is well, in one
PEERS_ANSWER = b'{"code":200,"status":1,"error":null}'
PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A shop</title>{tag}
<script type="module">
import '/built/{tracker}/{tracker}.js';
window.begin('http://127.0.0.1:{port}/{tracker}');
</script></head><body><h1>A shop</h1></body></html>"""


@dataclass(frozen=True)
class Context:
    """What the handler uses of Lambda's context."""

    aws_request_id: str = "bench"
    function_name: str = "bench-ingest"


@dataclass(frozen=True)
class Seen:
    """One request of a tracker: mark and id of each marked event in it, and the status that it got."""

    method: str
    status: int
    at: float
    size_bytes: int
    events: list[tuple[str, str]]


@dataclass
class Collector:
    """Answers the trackers and remembers what came."""

    built: Path
    script: Path
    port: int = 0
    seen: dict[str, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: HttpRequest) -> Answer:
        """Return the answer to any request."""
        _, first, *rest = request.path.split("/")
        if request.method == "GET" and first in ("shop", "built", "seen"):
            return self._page(first, rest)
        return self._collected(first, "/" + "/".join(rest), request)

    def _page(self, first: str, rest: list[str]) -> Answer:
        if first == "seen":
            return _json([asdict(one) for one in self.seen[rest[0]]])
        if first == "built":
            file = self.script if rest == ["script"] else self.built.joinpath(*rest)
            return Answer(200, {"content-type": "text/javascript"}, file.read_bytes())
        tag = '<script src="/built/script"></script>' if rest[0] == "cloudworks" else ""
        text = PAGE.format(tag=tag, tracker=rest[0], port=self.port)
        return Answer(200, {"content-type": "text/html; charset=utf-8"}, text.encode())

    def _collected(self, tracker: str, path: str, request: HttpRequest) -> Answer:
        if tracker not in IDS:
            return Answer(404, {})
        is_ours = tracker == "cloudworks" and request.method == "POST"
        answer = _ingested(request, path) if is_ours else Answer(200, {}, PEERS_ANSWER)
        events = marked_events(request.body, tracker)
        with self.lock:
            self.seen[tracker].append(
                Seen(request.method, answer.status, time.time(), len(request.body), events)
            )
        headers = {**answer.headers, **_cors(request, is_credentialed=tracker != "cloudworks")}
        return Answer(answer.status, headers, answer.body)


def _json(value: object) -> Answer:
    return Answer(200, {"content-type": "application/json"}, json.dumps(value).encode())


def _ingested(request: HttpRequest, path: str) -> Answer:
    """Return what the function answers to this request, called as API Gateway calls it."""
    target = Target("123456789012", "eu-central-1", "bench", "$default", f"POST {path}")
    answer: dict[str, Any] = import_module("ingest.handler").handler(event_of(request, target), Context())
    return Answer(answer["statusCode"], answer.get("headers", {}), str(answer["body"]).encode())


def _cors(request: HttpRequest, *, is_credentialed: bool) -> dict[str, str]:
    allowed = {
        "access-control-allow-origin": request.headers.get("origin", "*"),
        "access-control-expose-headers": "retry-after",
    }
    if is_credentialed:
        allowed["access-control-allow-credentials"] = "true"
    if request.method == "OPTIONS":
        allowed["access-control-allow-methods"] = "GET, POST"
        allowed["access-control-allow-headers"] = request.headers.get("access-control-request-headers", "")
    return allowed


class Server(ThreadingHTTPServer):
    """A server that many browsers may call at once."""

    request_queue_size = 256

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that is gone is no error; anything else is told."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _handler(collector: Collector) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            source = self.client_address[0]
            request = HttpRequest(
                self.command, parts.path, parts.query, headers, body, source, "bench", time.time()
            )
            write(self, collector.answer(request))

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def do_OPTIONS(self) -> None:
            self._answer()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def main() -> None:
    """Serve until nobody listens any more."""
    built, script = (Path(given) for given in sys.argv[1:3])
    collector = Collector(built, script)
    server = Server(("127.0.0.1", 0), _handler(collector))
    collector.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    with Path(os.devnull).open("w", encoding="utf-8") as sys.stdout:  # a line of log for every batch
        sys.stdin.read()
        server.shutdown()


if __name__ == "__main__":
    main()
