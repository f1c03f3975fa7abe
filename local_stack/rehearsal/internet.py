"""The control machine's way to S3 under S3's own names: a proxy on loopback, as HTTPS_PROXY names it.

Ansible signs URLs for https://<bucket>.s3.<region>.amazonaws.com, which hosts must be able to use, and sends
its files to the same address. On this machine that is the emulated AWS; all others are passed on untouched.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

PIECE_BYTES = 1 << 16
TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Ways:
    """Where names lead: those of S3 in the region to the emulated AWS, shown with this certificate."""

    region: str
    aws_endpoint_url: str
    certificate: Path
    key: Path

    def leads_to_emulator(self, host: str) -> bool:
        """Say whether the name is one of S3's in the region."""
        name = f"s3.{self.region}.amazonaws.com"
        return host == name or host.endswith("." + name)


class Proxy(BaseHTTPRequestHandler):
    """Answers CONNECT, and nothing else."""

    protocol_version = "HTTP/1.1"
    ways: Ways
    context: ssl.SSLContext

    def do_CONNECT(self) -> None:
        """Open the way to the emulated AWS, or to where the name leads."""
        host, _, port = self.path.partition(":")
        self.close_connection = True
        if self.ways.leads_to_emulator(host):
            self.send_response(200)
            self.end_headers()
            with (
                contextlib.suppress(OSError),
                self.context.wrap_socket(self.connection, server_side=True) as s3,
            ):
                self._serve_s3(s3)
            return
        try:
            there = socket.create_connection((host, int(port)), timeout=TIMEOUT_SECONDS)
        except OSError as error:
            self.send_error(502, str(error))
            return
        self.send_response(200)
        self.end_headers()
        join(self.connection, there)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the emulated AWS has a log of its own."""

    def _serve_s3(self, s3: ssl.SSLSocket) -> None:
        """Pass the connection on in clear text: paths and headers are what was signed, and stay so."""
        parts = urlsplit(self.ways.aws_endpoint_url)
        with socket.create_connection((str(parts.hostname), int(parts.port or 80))) as there:
            join(s3, there)


def join(here: socket.socket, there: socket.socket) -> None:
    """Both connections are one until both ways have ended."""
    back = threading.Thread(target=pump, args=(there, here), daemon=True)
    back.start()
    pump(here, there)
    back.join()


def pump(source: socket.socket, target: socket.socket) -> None:
    """All that the one says goes to the other, and its end."""
    with contextlib.suppress(OSError):
        while piece := source.recv(PIECE_BYTES):
            target.sendall(piece)
    with contextlib.suppress(OSError):
        socket.socket.shutdown(target, socket.SHUT_WR)  # of TLS, too: its own would end both directions


@contextlib.contextmanager
def proxy(ways: Ways) -> Iterator[str]:
    """Yield the proxy's URL while it runs."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(ways.certificate, ways.key)

    class Told(Proxy):
        pass

    Told.ways, Told.context = ways, context
    server = ThreadingHTTPServer(("127.0.0.1", 0), Told)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
