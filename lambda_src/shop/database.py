"""One connection for each environment of the function, reused while it is good, and nothing waits for long.

Lambda gives an environment one request at a time, and freezes it in between: a kept connection may be dead
when it is needed. So what finds it dead is done once more, on a new one. Nothing is written by mistake: the
session only reads, but for transactions that `Database.write` begins.
"""

import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, LiteralString, TypeVar

import msgspec
import psycopg
from contract.login import libpq_fields
from psycopg.conninfo import make_conninfo

Row = tuple[Any, ...]
Ask = Callable[[LiteralString, dict[str, Any]], list[Row]]
Connection = psycopg.Connection[Row]
Found = TypeVar("Found")
CONNECT_SECONDS = 2  # libpq's least
ANSWER_SECONDS = 4.0
_LIMITS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "3s",
    "lock_timeout": "1s",
    # a frozen environment's connection is given back
    "idle_session_timeout": "5min",
    "TimeZone": "UTC",
}


class DatabaseError(Exception):
    """The database gave no answer; transient, the next request tries anew."""


class Database:
    """The shop's database, reached with the login that `read_login` gives: libpq's fields as JSON."""

    def __init__(self, read_login: Callable[[], bytes]) -> None:
        self._read_login = read_login
        self._login: bytes | None = None
        self._connection: Connection | None = None

    def ask(self, query: LiteralString, parameters: dict[str, Any]) -> list[Row]:
        """Return the rows, or raise `DatabaseError`; within 15 seconds, whatever the server does."""
        return self._reached(lambda connection: _rows(connection, query, parameters))

    def write(self, work: Callable[[Ask], Found]) -> Found:
        """Return what `work` returns, all of whose questions are one transaction, which may write.

        Fails as `ask` does. When the connection died, nobody knows whether the transaction has ended: `work`
        is done once more, and twice must be as good as once.
        """
        return self._reached(lambda connection: _transacted(connection, work))

    def _reached(self, act: Callable[[Connection], Found]) -> Found:
        if self._connection is not None:
            try:
                return act(self._connection)
            except psycopg.OperationalError as error:
                if not self._connection.closed:
                    raise DatabaseError(f"the query was refused: {error}") from error
                self._connection = None
            except psycopg.Error as error:
                raise DatabaseError(f"the query failed: {error}") from error
        try:
            self._connection = self._connected()
            return act(self._connection)
        except psycopg.Error as error:
            raise DatabaseError(f"{type(error).__name__}: {error}") from error

    def _connected(self) -> Connection:
        """Return a new connection; a login that fails is read again, and tried if it is another one now."""
        login = self._login = self._login or self._read_login()
        try:
            return _connect(login)
        except psycopg.OperationalError:
            self._login = self._read_login()
            if self._login == login:
                raise
            sys.stdout.write("the login has changed and was read again\n")
            return _connect(self._login)


def _connect(login: bytes) -> Connection:
    try:
        fields = libpq_fields(login)
    except msgspec.MsgspecError as error:
        raise DatabaseError(f"the login must be libpq's fields as a JSON object: {error}") from None
    connection = psycopg.connect(
        make_conninfo(**fields),
        application_name="shop",
        connect_timeout=CONNECT_SECONDS,
        options=" ".join(f"-c {name}={value}" for name, value in _LIMITS.items()),
        autocommit=True,
    )
    connection.read_only = False  # of transactions that are begun on purpose; single statements only read
    return connection


def _rows(connection: Connection, query: LiteralString, parameters: dict[str, Any]) -> list[Row]:
    with _cut_after(connection, ANSWER_SECONDS):
        return connection.execute(query, parameters).fetchall()


def _transacted(connection: Connection, work: Callable[[Ask], Found]) -> Found:
    with _cut_after(connection, ANSWER_SECONDS), connection.transaction():
        return work(lambda query, parameters: connection.execute(query, parameters).fetchall())


@contextmanager
def _cut_after(connection: Connection, seconds: float) -> Iterator[None]:
    """The block ends in time: a server that is gone without a word can't hold it longer than `seconds`."""
    twin = socket.socket(fileno=os.dup(connection.fileno()))
    timer = threading.Timer(seconds, _shut, [twin])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        twin.close()


def _shut(twin: socket.socket) -> None:
    try:
        twin.shutdown(socket.SHUT_RDWR)
    except OSError as error:
        sys.stderr.write(f"the connection was gone when it was cut: {error}\n")
