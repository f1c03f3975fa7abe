"""A login that cannot be used is an error with its reason, and is read again only when that can help."""

import json
import socket
from collections.abc import Iterator

import pytest
from shop.database import Database, DatabaseError


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that refuses connections, because it is bound and nobody listens."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def login(port: int, password: str = "wrong") -> bytes:  # noqa: S107 - no password of anything
    fields = {"host": "127.0.0.1", "port": port, "dbname": "x", "user": "x", "password": password}
    return json.dumps(fields).encode()


@pytest.mark.parametrize("text", [b"", b"[]", b'{"port": []}', b"\xff"])
def test_a_login_that_is_no_login_is_said(text: bytes) -> None:
    with pytest.raises(DatabaseError, match="libpq's fields"):
        Database(lambda: text).ask("select 1", {})


def test_a_refused_login_is_read_again_once(closed_port: int) -> None:
    reads: list[bytes] = []

    def read() -> bytes:
        reads.append(login(closed_port))
        return reads[-1]

    database = Database(read)
    with pytest.raises(DatabaseError, match="refused"):
        database.ask("select 1", {})
    assert len(reads) == 2
    with pytest.raises(DatabaseError):
        database.ask("select 1", {})
    assert len(reads) == 3, "the copy is kept from one request to the next"


def test_an_error_shows_no_password(closed_port: int) -> None:
    with pytest.raises(DatabaseError) as refused:
        Database(lambda: login(closed_port, "tell-nobody")).ask("select 1", {})
    assert "tell-nobody" not in str(refused.value)
