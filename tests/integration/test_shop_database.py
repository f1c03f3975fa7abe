"""The shop's database itself: what its roles may do, what an import changes, and how a connection ends."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from psycopg import errors
from shop.database import ANSWER_SECONDS, CONNECT_SECONDS, Database, DatabaseError

from local_stack import demo_shop, postgres
from local_stack.state import CHECKOUT, OLTP, Role
from tests.integration.conftest import Demo

FORBIDDEN = [
    "insert into shop.products (product_id, item_name, item_category, price, currency) "
    "values ('x', 'x', 'x', 1, 'EUR')",
    "update shop.products set price = 0",
    "delete from shop.products",
    "truncate shop.products",
    "alter table shop.products add column x int",
    "create table shop.x (a int)",
    "select * from migration.applied",
    "select rolpassword from pg_authid",
]


@pytest.mark.parametrize("role", ["shop", "reader"])
@pytest.mark.parametrize("statement", FORBIDDEN)
def test_who_reads_products_can_do_nothing_else(demo_run: Demo, role: Role, statement: str) -> None:
    with psycopg.connect(demo_run.stack.dsn(role, OLTP), autocommit=True) as connection:
        assert connection.execute("select count(*) from shop.products").fetchone() == (24,)
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement.encode())


def run_import(demo_run: Demo, path: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **demo_run.stack.libpq_environment("owner", OLTP)}
    return subprocess.run(
        [sys.executable, "scripts/import_products.py", str(path)],
        cwd=CHECKOUT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def contents(demo_run: Demo) -> list[tuple[Any, ...]]:
    with psycopg.connect(demo_run.stack.dsn("owner", OLTP)) as connection:
        return connection.execute("select * from shop.products order by product_id").fetchall()


def test_importing_again_changes_nothing_at_all(demo_run: Demo) -> None:
    before = contents(demo_run)
    answer = run_import(demo_run, demo_shop.CATALOGUE)
    assert answer.returncode == 0, answer.stderr
    assert (
        answer.stdout
        == "products: 0 added, 0 changed, 24 unchanged, 0 not in the file and left as they are\n"
    )
    assert contents(demo_run) == before


def test_an_import_says_what_it_changed_and_leaves_the_rest(demo_run: Demo, tmp_path: Path) -> None:
    header, *lines = demo_shop.CATALOGUE.read_text().splitlines()
    changed = [lines[0].replace("29.90", "31.90"), "new-1,Jar,,Kitchen,3,EUR,,false", lines[1]]
    path = tmp_path / "products.csv"
    path.write_text("\n".join([header, *changed]) + "\n")
    try:
        answer = run_import(demo_run, path)
        assert answer.stdout == (
            "changed bath-001\n"
            "products: 1 added, 1 changed, 1 unchanged, 22 not in the file and left as they are\n"
        )
        with psycopg.connect(demo_run.stack.dsn("owner", OLTP)) as connection:
            query = (
                "select price::text, updated_at > created_at from shop.products where product_id = 'bath-001'"
            )
            assert connection.execute(query).fetchone() == ("31.90", True)
    finally:
        with psycopg.connect(demo_run.stack.dsn("owner", OLTP)) as connection:
            connection.execute("delete from shop.products where product_id = 'new-1'")
        assert run_import(demo_run, demo_shop.CATALOGUE).returncode == 0


def test_a_file_with_a_mistake_changes_nothing(demo_run: Demo, tmp_path: Path) -> None:
    before = contents(demo_run)
    path = tmp_path / "products.csv"
    path.write_text(demo_shop.CATALOGUE.read_text().replace("29.90", "1.00") + "bad,,,,,,,\n")
    answer = run_import(demo_run, path)
    assert answer.returncode == 1
    assert "nothing was imported" in answer.stderr
    assert "line 26: item_name must be" in answer.stderr
    assert contents(demo_run) == before


class Wire:
    """A way to the database that can be made to go silent: connections stay open, and nothing arrives."""

    def __init__(self, port: int) -> None:
        self._target, self._open = port, threading.Event()
        self._open.set()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._server.getsockname()[1]
        self.connections_count = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def go_silent(self) -> None:
        self._open.clear()

    def speak_again(self) -> None:
        self._open.set()

    def close(self) -> None:
        self._open.set()
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            self.connections_count += 1
            far = socket.create_connection(("127.0.0.1", self._target))
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65_536):
                self._open.wait()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return


@pytest.fixture
def wire(demo_run: Demo) -> Iterator[Wire]:
    made = Wire(demo_run.stack.oltp_port)
    yield made
    made.close()


def database(demo_run: Demo, wire: Wire) -> Database:
    fields = {**demo_run.stack.libpq_fields("shop", OLTP), "port": wire.port}
    return Database(lambda: msgspec.json.encode(fields))


def test_one_connection_is_used_again(demo_run: Demo, wire: Wire) -> None:
    shop = database(demo_run, wire)
    assert [shop.ask("select 1", {}) for _ in range(5)] == [[(1,)]] * 5
    assert wire.connections_count == 1


def test_a_connection_that_died_in_between_is_replaced_within_the_request(demo_run: Demo, wire: Wire) -> None:
    shop = database(demo_run, wire)
    ((pid,),) = shop.ask("select pg_backend_pid()", {})
    postgres.run_sql(demo_run.stack, f"select pg_terminate_backend({pid})", database=OLTP)
    assert shop.ask("select 1", {}) == [(1,)]
    assert wire.connections_count == 2


def test_a_server_that_is_gone_without_a_word_is_given_up_in_time(demo_run: Demo, wire: Wire) -> None:
    shop = database(demo_run, wire)
    shop.ask("select 1", {})
    wire.go_silent()
    started = time.monotonic()
    with pytest.raises(DatabaseError):
        shop.ask("select 1", {})
    assert ANSWER_SECONDS <= time.monotonic() - started < ANSWER_SECONDS + CONNECT_SECONDS + 2
    wire.speak_again()
    assert shop.ask("select 1", {}) == [(1,)]


def test_a_slow_query_ends_and_the_connection_stays_good(demo_run: Demo, wire: Wire) -> None:
    shop = database(demo_run, wire)
    started = time.monotonic()
    with pytest.raises(DatabaseError, match="statement timeout"):
        shop.ask("select pg_sleep(10)", {})
    assert time.monotonic() - started < ANSWER_SECONDS
    assert shop.ask("select 1", {}) == [(1,)]
    assert wire.connections_count == 1


def test_the_session_can_write_nothing_whatever_the_role_may(demo_run: Demo, wire: Wire) -> None:
    fields = {**demo_run.stack.libpq_fields("owner", OLTP), "port": wire.port}
    shop = Database(lambda: msgspec.json.encode(fields))
    with pytest.raises(DatabaseError, match="read-only transaction"):
        shop.ask("delete from shop.products returning product_id", {})
