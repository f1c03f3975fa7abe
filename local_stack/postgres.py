"""The warehouse's PostgreSQL 17 in a container of the image; its cluster is under `.local/postgres`.

It stands in for the EC2 host `warehouse`: same major version, checksums, SCRAM, UTC. What the Ansible role
does there (roles, database) is done here in `warehouse_sql`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from local_stack import podman
from local_stack.errors import StackError, StackNotReadyError
from local_stack.processes import wait_until
from local_stack.state import DATABASE, ROLES, StackState, is_port_free

PART = "postgres"
START_SECONDS = 60.0
STOP_SECONDS = 30
SCRAM_ITERATIONS = 4096  # PostgreSQL's own default
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
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
}
_CONNECTIONS = {"owner": 10, "loader": 20, "reader": 30}


def start(state: StackState, image: str) -> None:
    """The cluster answers, and has the warehouse's database and roles. Idempotent."""
    if not podman.is_running(state, PART):
        if not is_port_free(state.postgres_port):
            raise StackError(
                f"port {state.postgres_port}, kept for PostgreSQL, is in use by another program",
                f"ss -ltnp 'sport = :{state.postgres_port}'",
            )
        podman.remove(state, PART)
        _run(state, image)
    _await_ready(state)
    run_sql(state, warehouse_sql({role: state.password(role) for role in ROLES}))


def stop(state: StackState) -> None:
    """The cluster is shut down in order and its container is gone; the data stays."""
    podman.remove(state, PART, stop_seconds=STOP_SECONDS)


def run_sql(state: StackState, sql: str, database: str = "postgres") -> str:
    """Run SQL as superuser over the container's own socket; return unaligned rows."""
    name = state.container_name(PART)
    psql = ["psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set=ON_ERROR_STOP=1"]
    where = ["--host=/run/postgresql", f"--port={state.postgres_port}", f"--dbname={database}"]
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


def warehouse_sql(passwords: dict[str, str]) -> str:
    """Return idempotent SQL for the roles and the database; it holds verifiers, never the passwords."""
    lines = [
        _role_sql(f"warehouse_{role}", passwords[role], _CONNECTIONS[role]) for role in sorted(passwords)
    ]
    return "\n".join(lines) + _DATABASE_SQL


_DATABASE_SQL = f"""
select 'create database {DATABASE} owner warehouse_owner'
where not exists (select from pg_database where datname = '{DATABASE}') \\gexec
revoke all on database {DATABASE}, postgres, template1 from public;
grant connect, temporary on database {DATABASE} to warehouse_loader;
grant connect on database {DATABASE} to warehouse_reader;
alter database {DATABASE} set timezone = 'UTC';
alter database {DATABASE} set search_path = warehouse, mart;
\\connect {DATABASE}
set client_min_messages = warning;
drop schema if exists public;
"""  # noqa: S608 - constants of this file, no input


def scram_verifier(password: str, salt: bytes) -> str:
    """Return PostgreSQL's form of a SCRAM-SHA-256 verifier (RFC 5803), from which nobody can log in."""
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, SCRAM_ITERATIONS)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    stored_key = hashlib.sha256(client_key).digest()
    encoded = [base64.b64encode(part).decode() for part in (salt, stored_key, server_key)]
    return f"SCRAM-SHA-256${SCRAM_ITERATIONS}:{encoded[0]}${encoded[1]}:{encoded[2]}"


def _role_sql(name: str, password: str, connections: int) -> str:
    verifier = scram_verifier(password, secrets.token_bytes(16))
    attributes = "login nosuperuser nocreatedb nocreaterole noreplication nobypassrls"
    return (
        f"do $$ begin create role {name}; exception when duplicate_object then null; end $$;\n"
        f"alter role {name} {attributes} connection limit {connections} password '{verifier}';"
    )


def _run(state: StackState, image: str) -> None:
    data = state.directory / "postgres"
    data.mkdir(mode=0o700, exist_ok=True)
    settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
    options = [
        "--detach",
        "--pull=never",
        "--stop-signal=SIGINT",  # PostgreSQL's fast shutdown: it does not wait for clients
        "--shm-size=256m",
        f"--volume={data}:/cluster",
    ]
    arguments = ["sh", "-c", _START, "postgres", *settings, f"--port={state.postgres_port}"]
    command = podman.run_command(state, PART, options, image, arguments)
    podman.podman(*command[len(podman.command()) :], timeout_seconds=60)


def _await_ready(state: StackState) -> None:
    name = state.container_name(PART)
    ask = ["exec", name, "/usr/lib/postgresql/17/bin/pg_isready", "--quiet", "--host=127.0.0.1"]

    def is_ready() -> bool:
        return podman.podman(*ask, f"--port={state.postgres_port}", check=False).returncode == 0

    if wait_until(lambda: is_ready() or not podman.is_running(state, PART), START_SECONDS) and is_ready():
        return
    logged = podman.podman("logs", "--tail=15", name, check=False)
    words = (logged.stdout + logged.stderr).decode(errors="replace")
    raise StackNotReadyError(
        f"PostgreSQL does not answer; the end of its log:\n{words}", "make down, then make up"
    )
