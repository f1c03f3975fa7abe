"""A relay between the ETL and PostgreSQL that understands as much of the protocol as to count statements.

Source: PostgreSQL 17, "Frontend/Backend Protocol", message formats.
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from tests.faults.journey import CutError, Journey, Step, phase_of_statement

# What somebody waits for behind it: after these, all that was held back is sent on.
_CLIENT_ENDS, _SERVER_ENDS = b"QSHXcpf", b"ZGRNE"


class _Conversation:
    """One client's connection, with the statement that it is at."""

    def __init__(self, relay: "PostgresRelay", client: socket.socket) -> None:
        self.relay, self.client = relay, client
        self.server = socket.create_connection(relay.upstream)
        self.statement = ""
        self.prepared: dict[bytes, str] = {}
        for one in (client, self.server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def start(self) -> None:
        threads = [threading.Thread(target=pump, daemon=True) for pump in (self._ask, self._answer)]
        for thread in threads:
            thread.start()

    def _ask(self) -> None:
        with self._closing(), self.client.makefile("rb") as source, self.server.makefile("wb") as target:
            (length,) = struct.unpack("!i", source.read(4))
            target.write(struct.pack("!i", length) + source.read(length - 4))
            target.flush()
            for kind, body in _messages(source):
                self._note(kind, body)
                if kind in b"QSc":
                    self.relay.journey.take(self._step(is_answer=False))
                _send(target, kind, body, _CLIENT_ENDS)

    def _answer(self) -> None:
        with self._closing(), self.server.makefile("rb") as source, self.client.makefile("wb") as target:
            for kind, body in _messages(source):
                if kind == b"Z" and self.statement:
                    self.relay.journey.take(self._step(is_answer=True))
                _send(target, kind, body, _SERVER_ENDS)

    def _note(self, kind: bytes, body: bytes) -> None:
        """Remember the text of the statement: a simple one, a new one, or one that was prepared."""
        if kind == b"Q":
            self.statement = body.rstrip(b"\0").decode()
        elif kind == b"P":
            name, text, _ = body.split(b"\0", 2)
            self.statement = self.prepared[name] = text.decode()
        elif kind == b"B":
            self.statement = self.prepared.get(body.split(b"\0", 2)[1], self.statement)

    def _step(self, is_answer: bool) -> Step:
        return Step(phase_of_statement(self.statement), self.statement, is_answer)

    @contextmanager
    def _closing(self) -> Iterator[None]:
        """Whoever ends first ends the other."""
        try:
            with suppress(OSError, CutError, struct.error, ValueError):
                yield
        finally:
            for one in (self.client, self.server):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()


class PostgresRelay:
    """Listens on a port of its own and tells a journey of every statement and every answer."""

    def __init__(self, host: str, port: int) -> None:
        self.upstream = (host, port)
        self.journey = Journey()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return  # it was closed
            try:
                _Conversation(self, client).start()
            except OSError:
                client.close()  # the server is down

    def close(self) -> None:
        self.listener.close()


def _messages(source: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """Yield (type, body) of every message until the other side closes."""
    while kind := source.read(1):
        (length,) = struct.unpack("!i", source.read(4))
        yield kind, source.read(length - 4)


def _send(target: BinaryIO, kind: bytes, body: bytes, ends: bytes) -> None:
    target.write(kind + struct.pack("!i", len(body) + 4) + body)
    if kind in ends:
        target.flush()
