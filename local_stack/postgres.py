"""The two PostgreSQL 17 clusters, each in a container of the image: the warehouse's and the shop's.

They stand in for the EC2 hosts `warehouse` and `oltp`: same major version, checksums, SCRAM, UTC. What a role
may do is in `<database>/database.sql`, for the hosts as for these.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from database_passwords import scram_verifier

from local_stack import podman
from local_stack.errors import StackError, StackNotReadyError
from local_stack.processes import wait_until
from local_stack.state import (
    CHECKOUT,
    OLTP,
    ROLES,
    WAREHOUSE,
    DatabaseName,
    Role,
    StackState,
    is_port_free,
)

START_SECONDS = 60.0
STOP_SECONDS = 30
# The cluster is made beside its place and moved there, so that a half-made one is never taken for whole.
_START = """
set -eu
bin=/usr/lib/postgresql/17/bin
install -d -m 0700 -o postgres -g postgres /cluster
install -d -m 0755 -o postgres -g postgres /run/postgresql
as_postgres() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
if [ ! -d /cluster/main ]; then
  rm -rf /cluster/new
  as_postgres $bin/initdb --pgdata=/cluster/new --data-checksums --encoding=UTF8 --locale=C.UTF-8 \
    --auth-local=peer --auth-host=scram-sha-256 >/dev/null
  mv /cluster/new /cluster/main
fi
exec setpriv --reuid=postgres --regid=postgres --init-groups $bin/postgres -D /cluster/main "$@"
"""
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "/run/postgresql",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",  # as on the hosts; compiling costs more than these queries
}


@dataclass(frozen=True)
class Cluster:
    """One cluster with its one database, to which its roles may connect."""

    part: str  # of the stack; also its folder in `.local`
    database: DatabaseName
    shared_buffers: str


CLUSTERS = {
    WAREHOUSE: Cluster(
        part="postgres",
        database=WAREHOUSE,
        shared_buffers="256MB",
    ),
    OLTP: Cluster(
        part="oltp",
        database=OLTP,
        shared_buffers="64MB",
    ),
}


def start(state: StackState, image: str, database: DatabaseName = WAREHOUSE) -> None:
    """The database's cluster answers, and has the database and its roles. Idempotent."""
    cluster, port = CLUSTERS[database], state.database_port(database)
    if not podman.is_running(state, cluster.part):
        if not is_port_free(port):
            raise StackError(
                f"port {port}, kept for PostgreSQL ({database}), is in use by another program",
                f"ss -ltnp 'sport = :{port}'",
            )
        podman.remove(state, cluster.part)
        _run(state, image, cluster)
    _await_ready(state, cluster)
    passwords = {role: state.password(role, database) for role in ROLES[database]}
    run_sql(state, database_sql(database, passwords), database=database)


def stop(state: StackState, database: DatabaseName = WAREHOUSE) -> None:
    """The cluster is shut down in order and its container is gone; the data stays."""
    podman.remove(state, CLUSTERS[database].part, stop_seconds=STOP_SECONDS)


def run_sql(state: StackState, sql: str, *, database: DatabaseName = WAREHOUSE) -> str:
    """Run SQL in a cluster as superuser over the container's own socket; return unaligned rows."""
    name = state.container_name(CLUSTERS[database].part)
    psql = ["psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1"]
    where = ["--host=/run/postgresql", f"--port={state.database_port(database)}", "--dbname=postgres"]
    done = podman.podman(
        "exec",
        "--interactive",
        "--user=postgres",
        name,
        *psql,
        *where,
        stdin=sql.encode(),
        timeout_seconds=120,
    )
    return done.stdout.decode().strip()


def database_sql(database: DatabaseName, passwords: dict[Role, str]) -> str:
    """Return idempotent SQL for the roles and the database; it holds verifiers, never the passwords."""
    rights = (CHECKOUT / database / "database.sql").read_text(encoding="utf-8")
    return "\n".join(
        [
            *(_role_sql(f"{database}_{role}", passwords[role]) for role in sorted(passwords)),
            f"select 'create database {database} owner {database}_owner'",
            f"where not exists (select from pg_database where datname = '{database}') \\gexec",
            f"\\connect {database}",
            "set client_min_messages = warning;",
            f"begin;\n{rights}\ncommit;",
        ]
    )


def _role_sql(name: str, password: str) -> str:
    verifier = scram_verifier(password, secrets.token_bytes(16))
    return (
        f"do $$ begin create role {name}; exception when duplicate_object then null; end $$;\n"
        f"alter role {name} password '{verifier}';"
    )


def _run(state: StackState, image: str, cluster: Cluster) -> None:
    data = state.directory / cluster.part
    data.mkdir(mode=0o700, exist_ok=True)
    chosen = {**_SETTINGS, "shared_buffers": cluster.shared_buffers}
    settings = [f"--{name}={value}" for name, value in chosen.items()]
    options = [
        "--detach",
        "--pull=never",
        "--stop-signal=SIGINT",  # PostgreSQL's fast shutdown: it does not wait for clients
        "--shm-size=256m",
        f"--volume={data}:/cluster",
    ]
    port = f"--port={state.database_port(cluster.database)}"
    arguments = ["sh", "-c", _START, "postgres", *settings, port]
    command = podman.run_command(state, cluster.part, options, image, arguments)
    podman.podman(*command[len(podman.command()) :], timeout_seconds=60)


def _await_ready(state: StackState, cluster: Cluster) -> None:
    name, port = state.container_name(cluster.part), state.database_port(cluster.database)
    ask = ["exec", name, "/usr/lib/postgresql/17/bin/pg_isready", "--quiet", "--host=127.0.0.1"]

    def is_ready() -> bool:
        return podman.podman(*ask, f"--port={port}", check=False).returncode == 0

    if (
        wait_until(lambda: is_ready() or not podman.is_running(state, cluster.part), START_SECONDS)
        and is_ready()
    ):
        return
    logged = podman.podman("logs", "--tail=15", name, check=False)
    words = (logged.stdout + logged.stderr).decode(errors="replace")
    raise StackNotReadyError(
        f"PostgreSQL ({cluster.database}) does not answer; the end of its log:\n{words}",
        "make down, then make up",
    )
