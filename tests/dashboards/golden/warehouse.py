"""A private warehouse with golden marts, in a container that is gone afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from local_stack import podman
from local_stack.state import CHECKOUT, StackState, create

DATA = Path(__file__).with_name("data.sql")
MIGRATIONS = CHECKOUT / "warehouse" / "migrations"
# The cluster lives in the container's memory. The owner's password file is in a folder mounted from here;
# the roles are made with psql over the container's own socket, which only the user postgres can reach.
START = """
set -eu
install -d -o postgres /run/golden
setpriv --reuid=postgres --regid=postgres --clear-groups sh -ec '
  bin=/usr/lib/postgresql/17/bin
  $bin/initdb -D /run/golden/data -U postgres -E UTF8 --locale=C.UTF-8 \
    --auth-local=peer --auth-host=scram-sha-256
  exec $bin/postgres -D /run/golden/data -p "$0" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories=/run/golden -c fsync=off' "$1"
"""


@contextmanager
def golden_warehouse(directory: Path, image: str) -> Iterator[StackState]:
    """Yield a stack state whose warehouse runs and holds the golden marts, for as long as needed."""
    state = create(directory)
    try:
        start(state, image)
        fill(state)
        yield state
    finally:
        podman.remove_all(state)


def start(state: StackState, image: str) -> None:
    """Start PostgreSQL and make the three roles and the database."""
    arguments = ["bash", "-c", START, "golden", str(state.postgres_port)]
    command = podman.run_command(
        state, "postgres", ["--detach", "--tmpfs=/run:rw,mode=0755"], image, arguments
    )
    podman.podman(*command[len(podman.command()) :])
    deadline = time.monotonic() + 60
    while psql(state, "postgres", "select 1", check=False) != 0:
        if time.monotonic() > deadline:
            raise TimeoutError(podman.podman("logs", state.container_name("postgres")).stderr.decode())
        time.sleep(0.2)
    for role in ("owner", "loader", "reader"):
        psql(state, "postgres", f"create role warehouse_{role} login password '{state.password(role)}'")
    psql(state, "postgres", "create database warehouse owner warehouse_owner")


def psql(state: StackState, database: str, sql: str, *, check: bool = True) -> int:
    """Run SQL as the superuser inside the container; it travels through standard input."""
    done = podman.podman(
        *("exec", "--interactive", "--user=postgres", state.container_name("postgres")),
        *(
            "psql",
            "-qX",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            "/run/golden",
            "-p",
            str(state.postgres_port),
            database,
        ),
        stdin=sql.encode(),
        check=check,
    )
    return done.returncode


def fill(state: StackState) -> None:
    """Apply the warehouse's own migrations, then the golden figures."""
    with psycopg.connect(state.dsn("owner"), autocommit=True) as connection:
        for path in [*sorted(MIGRATIONS.glob("*.sql")), DATA]:
            connection.execute(path.read_text())
