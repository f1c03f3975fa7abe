"""S3 as hosts see it: HTTPS under its own names. Requests go on to the emulated AWS as they came.

Paths and headers are what was signed, and stay as they are; bodies pass in pieces, in both directions. One
header is added: the address of the host that asked, from which the emulated AWS knows by which way it came.
"""

from __future__ import annotations

import contextlib
import http.client
import shutil
import socket
import ssl
import sys
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from local_stack.hosts.gateway.settings import Settings

SOURCE_HEADER = "X-Local-Source"
PIECE_BYTES = 1 << 16
TIMEOUT_SECONDS = 120
OF_ONE_CONNECTION = {"connection", "keep-alive", "proxy-connection", "expect", "transfer-encoding"}
DENIED = b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'


class Upstream(http.client.HTTPConnection):
    """A connection to the emulated AWS over its Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("upstream", timeout=TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        """Open the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(TIMEOUT_SECONDS)
        self.sock.connect(self._path)


class Front(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    timeout = TIMEOUT_SECONDS
    told: Settings

    def answer(self) -> None:
        """One request is answered, from the tree of files or by the emulated AWS."""
        file = file_of(self.told, self.headers.get("Host", ""), self.path)
        if file is not None and self.command in {"GET", "HEAD"}:
            self._send_file(file)
        elif self.told.upstream:
            self._pass_on()
        else:
            self._refuse(403)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - the base class looks for these names

    def log_message(self, format: str, *args: object) -> None:
        """One line a request, with the host's address."""
        print(f"s3: {self.client_address[0]} {format % args}", flush=True)

    def _send_file(self, file: Path) -> None:
        if not file.is_file():
            self._refuse(403)  # as S3 does for those who may not list
            return
        size = file.stat().st_size
        begin, end = byte_range(self.headers.get("Range"), size)
        self.send_response(200 if (begin, end) == (0, size) else 206)
        self.send_header("Content-Length", str(end - begin))
        self.send_header("Last-Modified", formatdate(file.stat().st_mtime, usegmt=True))
        if (begin, end) != (0, size):
            self.send_header("Content-Range", f"bytes {begin}-{end - 1}/{size}")
        self.end_headers()
        if self.command == "GET":
            with file.open("rb") as content:
                content.seek(begin)
                if (begin, end) == (0, size):
                    shutil.copyfileobj(content, self.wfile, PIECE_BYTES)
                else:
                    self.wfile.write(content.read(end - begin))

    def _refuse(self, status: int) -> None:
        self.close_connection = True  # a body may be on its way
        self.send_response(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(DENIED)))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(DENIED)

    def _pass_on(self) -> None:
        upstream = Upstream(self.told.upstream)
        try:
            self._ask(upstream)
            self._say(upstream.getresponse())
        except (OSError, http.client.HTTPException) as error:
            print(f"s3: {self.client_address[0]} {self.command} {self.path}: {error!r}", flush=True)
            self.close_connection = True
        finally:
            upstream.close()

    def _ask(self, upstream: Upstream) -> None:
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in {*OF_ONE_CONNECTION, SOURCE_HEADER.lower()}:
                upstream.putheader(name, value)
        upstream.putheader(SOURCE_HEADER, self.client_address[0])
        upstream.putheader("Connection", "close")
        is_chunked = "chunked" in self.headers.get("Transfer-Encoding", "").lower()
        if is_chunked:
            upstream.putheader("Transfer-Encoding", "chunked")
        upstream.endheaders()
        for piece in self._chunks() if is_chunked else self._body():
            upstream.send(b"%x\r\n%s\r\n" % (len(piece), piece) if is_chunked else piece)
        if is_chunked:
            upstream.send(b"0\r\n\r\n")

    def _body(self) -> Iterator[bytes]:
        left = int(self.headers.get("Content-Length", "0"))
        while left and (piece := self.rfile.read(min(left, PIECE_BYTES))):
            left -= len(piece)
            yield piece
        if left:
            raise ConnectionError(f"{left} bytes of the body did not come")

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline(200).partition(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline(200)
        while self.rfile.readline(2000).strip():
            pass  # trailers say nothing that S3 needs

    def _say(self, answer: http.client.HTTPResponse) -> None:
        self.send_response_only(answer.status, answer.reason)
        has_body = self.command != "HEAD" and answer.status not in {204, 304}
        is_chunked = has_body and answer.getheader("Content-Length") is None
        for name, value in answer.getheaders():
            if name.lower() not in OF_ONE_CONNECTION:
                self.send_header(name, value)
        if is_chunked:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        while has_body and (piece := answer.read(PIECE_BYTES)):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if is_chunked else piece)
        if is_chunked:
            self.wfile.write(b"0\r\n\r\n")
        self.log_request(answer.status)


def file_of(told: Settings, host: str, path: str) -> Path | None:
    """Return the file that a URL of the tree names; None when the URL is not the tree's."""
    tree = urlsplit(told.tree_url)
    way = unquote(path.partition("?")[0])
    if not told.tree or host.partition(":")[0] != tree.netloc or not way.startswith(tree.path + "/"):
        return None
    file = Path(told.tree, way[len(tree.path) + 1 :])
    return file if file.resolve().is_relative_to(Path(told.tree).resolve()) else Path(told.tree, "nothing")


def byte_range(header: str | None, size: int) -> tuple[int, int]:
    """Return the first byte and the one after the last that `Range: bytes=first-` asks for; else all."""
    first, _, last = (header or "").removeprefix("bytes=").partition("-")
    if not first.isdigit() or int(first) >= size:
        return 0, size
    return int(first), min(int(last) + 1, size) if last.isdigit() else size


def server(told: Settings) -> ThreadingHTTPServer:
    """Return the server, bound and not yet serving."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(told.certificate, told.key)

    class Told(Front):
        pass

    Told.told = told
    bound = Listener((told.s3_address, 443), Told)
    bound.context = context
    return bound


class Listener(ThreadingHTTPServer):
    """Greets each host in a thread of its own, so that a slow one holds up no other."""

    context: ssl.SSLContext
    request_queue_size = 64

    def finish_request(self, request: object, client_address: object) -> None:
        """Shake hands, then answer."""
        assert isinstance(request, socket.socket)  # noqa: S101 - what a TCP server accepts
        request.settimeout(TIMEOUT_SECONDS)
        with self.context.wrap_socket(request, server_side=True) as greeted:
            super().finish_request(greeted, client_address)
            with contextlib.suppress(OSError):
                greeted.unwrap()  # say goodbye: OpenSSL takes a silent end for an attack

    def handle_error(self, _request: object, client_address: object) -> None:
        """A host that went away is one line of the log."""
        print(f"s3: {client_address}: {sys.exception()!r}", flush=True)
