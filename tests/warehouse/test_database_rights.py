"""What a role may is what the file says, whatever was there before, and looking changes nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from database_passwords import differing, give, is_password, scram_verifier
from database_rights import agree, make, missing, state

from local_stack import podman
from local_stack.postgres import run_sql
from local_stack.state import StackState

ROOT = Path(__file__).parents[2]
ROLES = {"warehouse": ("owner", "loader", "reader"), "oltp": ("owner", "shop", "reader")}
PASSWORD = "only-of-this-test"  # noqa: S105
Connection = psycopg.Connection[Any]


def rights_of(database: str) -> str:
    return (ROOT / database / "database.sql").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def superuser(postgres: StackState) -> Iterator[str]:
    """A superuser who may log in over the network, which there is none else; return how."""
    run_sql(postgres, f"create role probe login superuser password '{PASSWORD}'")
    yield f"host={postgres.postgres_host} port={postgres.postgres_port} user=probe password={PASSWORD}"
    run_sql(postgres, "drop role probe")


def test_the_local_stack_and_the_hosts_agree_on_the_rights(superuser: str) -> None:
    with psycopg.connect(f"{superuser} dbname=warehouse", autocommit=True) as connection:
        before, after = agree(connection, "warehouse", rights_of("warehouse"), is_kept=True)
    assert before == after
    assert any("warehouse_reader: temp_file_limit=512MB" in line for line in after)


def test_a_database_is_made_once(superuser: str, postgres: StackState) -> None:
    def connect(database: str) -> Connection:
        return psycopg.connect(f"{superuser} dbname={database}", autocommit=True)

    wanted = [*(f"role oltp_{role}" for role in ROLES["oltp"]), "database oltp"]
    try:
        assert missing(connect, "oltp", ROLES["oltp"]) == wanted
        assert make(connect, "oltp", ROLES["oltp"]) == wanted
        assert make(connect, "oltp", ROLES["oltp"]) == []
        with connect("oltp") as connection:
            looked = agree(connection, "oltp", rights_of("oltp"), is_kept=False)
            assert state(connection, "oltp") == looked[0] != looked[1]
            assert agree(connection, "oltp", rights_of("oltp"), is_kept=True) == looked
            again = agree(connection, "oltp", rights_of("oltp"), is_kept=True)
        assert again == (looked[1], looked[1])
    finally:
        run_sql(postgres, "drop database if exists oltp (force)")
        run_sql(postgres, "drop role if exists oltp_owner, oltp_shop, oltp_reader")


@pytest.mark.parametrize(
    "by_hand",
    [
        "alter role warehouse_reader superuser",
        "alter role warehouse_reader connection limit -1",
        "alter role warehouse_reader set temp_file_limit = -1",
        "alter role warehouse_loader set work_mem = '1GB'",
        "grant temporary on database warehouse to warehouse_reader",
        "grant connect on database warehouse to public",
        "alter database warehouse set search_path = pg_catalog",
        "alter database warehouse owner to probe",
    ],
)
def test_what_was_changed_by_hand_is_put_right(superuser: str, by_hand: str) -> None:
    with psycopg.connect(f"{superuser} dbname=warehouse", autocommit=True) as connection:
        right = state(connection, "warehouse")
        connection.execute(by_hand.encode())
        assert state(connection, "warehouse") != right
        before, after = agree(connection, "warehouse", rights_of("warehouse"), is_kept=True)
        assert before != after == right == state(connection, "warehouse")


def test_rights_that_fail_leave_the_old_ones(superuser: str) -> None:
    broken = f"{rights_of('warehouse')}; alter role warehouse_loader connection limit 1; select 1 / 0"
    with psycopg.connect(f"{superuser} dbname=warehouse", autocommit=True) as connection:
        right = state(connection, "warehouse")
        with pytest.raises(psycopg.errors.DivisionByZero):
            agree(connection, "warehouse", broken, is_kept=True)
        assert state(connection, "warehouse") == right


def test_a_password_is_given_only_where_it_differs(superuser: str, postgres: StackState) -> None:
    passwords = {role: postgres.password(role) for role in ("owner", "loader", "reader")}
    with psycopg.connect(f"{superuser} dbname=postgres", autocommit=True) as connection:
        assert differing(connection, "warehouse", passwords) == []
        assert differing(connection, "warehouse", {**passwords, "reader": "x"}) == ["warehouse_reader"]
        connection.execute("alter role warehouse_reader password null")
        assert differing(connection, "warehouse", passwords) == ["warehouse_reader"]
        give(connection, "warehouse_reader", passwords["reader"])
        assert differing(connection, "warehouse", passwords) == []
    with psycopg.connect(postgres.dsn("reader")) as reader:
        assert reader.execute("select 1").fetchone() == (1,)


def test_the_servers_log_has_no_password(superuser: str, postgres: StackState) -> None:
    with psycopg.connect(f"{superuser} dbname=postgres", autocommit=True) as connection:
        connection.execute("set log_statement = 'all'")
        give(connection, "warehouse_reader", postgres.password("reader"))
    told = podman.podman("logs", postgres.container_name("postgres"))
    logged = (told.stdout + told.stderr).decode()
    assert "alter role warehouse_reader password" in logged
    assert postgres.password("reader") not in logged


@pytest.mark.parametrize("verifier", ["", "md5abc", "SCRAM-SHA-256$x", "SCRAM-SHA-256$4096:a$b:c"])
def test_what_is_no_verifier_is_nobodys(verifier: str) -> None:
    assert not is_password(verifier, "any")


def test_a_verifier_is_of_one_password() -> None:
    verifier = scram_verifier("right", b"sixteen bytes 16")
    assert is_password(verifier, "right")
    assert not is_password(verifier, "wrong")
