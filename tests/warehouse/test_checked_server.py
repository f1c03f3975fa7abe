"""Functions speak with the server that our authority vouches for, and with no other."""

import json
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from certificates import Pair, new_authority, new_server
from contract.login import libpq_fields
from etl.database import connect
from etl.errors import TransientError
from shop.database import Database, DatabaseError
from with_database import Login, libpq_variables

from local_stack import podman
from local_stack.postgres import run_sql
from local_stack.processes import wait_until
from local_stack.state import StackState

NOW = datetime.now(UTC)
AUTHORITY = new_authority("ours", NOW)
OTHER_AUTHORITY = new_authority("theirs", NOW)
Serve = Callable[[Pair | None], None]


@pytest.fixture(autouse=True)
def _authorities_are_gone_with_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function writes them to its own machine's folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


@pytest.fixture(scope="module")
def serve(postgres: StackState) -> Iterator[Serve]:
    """PostgreSQL shows the given certificate, or speaks no TLS, until told otherwise."""

    def put(name: str, text: str) -> None:
        command = ["exec", "--interactive", "--user=postgres", postgres.container_name("postgres")]
        script = f"umask 077 && cat >/cluster/main/{name}"
        podman.podman(*command, "sh", "-c", script, stdin=text.encode())

    def reload(settings: str) -> None:
        before = run_sql(postgres, "select pg_conf_load_time()")
        run_sql(postgres, f"{settings}; select pg_reload_conf()")
        assert wait_until(lambda: run_sql(postgres, "select pg_conf_load_time()") != before, 10)

    def show(pair: Pair | None) -> None:
        if pair is None:
            reload("alter system reset ssl")
            return
        put("server.crt", pair.certificate)
        put("server.key", pair.key)
        reload("alter system set ssl = on")

    yield show
    show(None)


def login(postgres: StackState, authority: Pair, **changes: str) -> bytes:
    checked = {"sslmode": "verify-full", "ca_certificate": authority.certificate}
    return json.dumps({**postgres.libpq_fields("loader"), **checked, **changes}).encode()


def test_the_right_server_is_spoken_with_over_tls(postgres: StackState, serve: Serve) -> None:
    serve(new_server(AUTHORITY, ["warehouse", "127.0.0.1"], NOW))
    asked = "select version from pg_stat_ssl where pid = pg_backend_pid()"
    with connect(login(postgres, AUTHORITY)) as connection:
        assert connection.execute(asked).fetchall() == [("TLSv1.3",)]
    assert Database(lambda: login(postgres, AUTHORITY)).ask(asked, {}) == [("TLSv1.3",)]


def test_a_server_of_another_authority_is_refused(postgres: StackState, serve: Serve) -> None:
    serve(new_server(OTHER_AUTHORITY, ["warehouse", "127.0.0.1"], NOW))
    with pytest.raises(TransientError, match=r"can't reach the warehouse at 127.*certificate verify failed"):
        connect(login(postgres, AUTHORITY))
    with pytest.raises(DatabaseError, match="certificate verify failed"):
        Database(lambda: login(postgres, AUTHORITY)).ask("select 1", {})


def test_a_server_with_another_name_is_refused_with_both_names(postgres: StackState, serve: Serve) -> None:
    serve(new_server(AUTHORITY, ["elsewhere", "10.40.2.5"], NOW))
    with pytest.raises(TransientError, match=r'"elsewhere".* does not match host name "127\.0\.0\.1"'):
        connect(login(postgres, AUTHORITY))
    with pytest.raises(DatabaseError, match="does not match host name"):
        Database(lambda: login(postgres, AUTHORITY)).ask("select 1", {})


def test_a_server_without_tls_gets_no_password(postgres: StackState, serve: Serve) -> None:
    serve(None)
    with pytest.raises(TransientError, match="does not support SSL"):
        connect(login(postgres, AUTHORITY))


def test_a_login_that_asks_for_no_tls_works_as_ever(postgres: StackState, serve: Serve) -> None:
    serve(None)
    with connect(json.dumps(postgres.libpq_fields("loader")).encode()) as connection:
        assert connection.execute("select 1").fetchall() == [(1,)]


def who_answers(postgres: StackState, host: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """What psycopg says that is given nothing but what `with_database.py` gives to a command."""
    password = postgres.password("reader")
    login = Login("warehouse", "warehouse_reader", password, AUTHORITY.certificate, host)
    asked = "select user, ssl from pg_stat_ssl where pid = pg_backend_pid()"
    command = [
        sys.executable,
        "-c",
        f"import psycopg; print(psycopg.connect('').execute('{asked}').fetchone())",
    ]
    variables = libpq_variables(login, postgres.postgres_port, folder)
    return subprocess.run(command, env=variables, capture_output=True, text=True, timeout=60, check=False)


def test_people_speak_with_the_host_that_they_mean_and_with_no_other(
    postgres: StackState, serve: Serve, tmp_path: Path
) -> None:
    serve(new_server(AUTHORITY, ["cw-warehouse", "10.40.2.5"], NOW))
    for host in ("cw-warehouse", "cw-oltp"):
        (tmp_path / host).mkdir()
    right = who_answers(postgres, "cw-warehouse", tmp_path / "cw-warehouse")
    assert right.stdout == "('warehouse_reader', True)\n", right.stderr
    wrong = who_answers(postgres, "cw-oltp", tmp_path / "cw-oltp")
    assert 'does not match host name "cw-oltp"' in wrong.stderr


def test_the_authority_is_in_a_file_of_the_functions_own(postgres: StackState, tmp_path: Path) -> None:
    fields = libpq_fields(login(postgres, AUTHORITY), tmp_path)
    file = Path(fields["sslrootcert"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.read_text() == AUTHORITY.certificate
    assert "ca_certificate" not in fields
    again = libpq_fields(login(postgres, AUTHORITY), tmp_path)
    assert again == fields
    assert list(tmp_path.iterdir()) == [file]
    other = libpq_fields(login(postgres, OTHER_AUTHORITY), tmp_path)
    assert other["sslrootcert"] != fields["sslrootcert"]
    assert psycopg.conninfo.make_conninfo(**fields)


def test_a_file_that_somebody_else_put_there_is_not_believed(postgres: StackState, tmp_path: Path) -> None:
    file = Path(libpq_fields(login(postgres, AUTHORITY), tmp_path)["sslrootcert"])
    file.write_text(OTHER_AUTHORITY.certificate)
    libpq_fields(login(postgres, AUTHORITY), tmp_path)
    assert file.read_text() == AUTHORITY.certificate
