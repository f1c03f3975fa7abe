"""The warehouse's roles have what they were given, and nothing beyond it."""

import psycopg
import pytest
from psycopg import errors

from local_stack import podman, postgres
from local_stack.state import ROLES, Role, StackState


def connect(stack: StackState, role: Role) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(stack.dsn(role), autocommit=True, connect_timeout=5)


def test_cluster_is_postgresql_17_with_checksums_in_utc(warehouse: StackState) -> None:
    with connect(warehouse, "owner") as connection:
        row = connection.execute(
            "select current_setting('server_version_num')::int / 10000, current_setting('data_checksums'), "
            "current_setting('timezone'), current_setting('search_path'), current_setting('listen_addresses')"
        ).fetchone()
    assert row == (17, "on", "UTC", "warehouse, mart", "127.0.0.1")


@pytest.mark.parametrize("role", ["loader", "reader"])
@pytest.mark.parametrize(
    "statement",
    [
        "create schema mine",
        "create table pg_catalog.t (a int)",
        "create role other",
        "create database other",
        "alter role warehouse_owner superuser",
        "set role warehouse_owner",
        "copy (select 1) to program 'true'",
        "select pg_read_file('/etc/passwd')",
        "drop database warehouse",
    ],
)
def test_role_is_refused_what_it_was_not_given(warehouse: StackState, role: Role, statement: str) -> None:
    with connect(warehouse, role) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(statement)


def test_only_the_loader_makes_temporary_tables(warehouse: StackState) -> None:
    with connect(warehouse, "loader") as connection:
        connection.execute("create temporary table t (a int)")
    with connect(warehouse, "reader") as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute("create temporary table t (a int)")


def test_owner_makes_schemas_in_the_warehouse_but_is_no_superuser(warehouse: StackState) -> None:
    with connect(warehouse, "owner") as connection:
        connection.execute("create schema probe")
        connection.execute("drop schema probe")
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("create role other")


@pytest.mark.parametrize("role", ROLES)
def test_no_role_reaches_another_database(warehouse: StackState, role: Role) -> None:
    dsn = warehouse.dsn(role).removesuffix("/warehouse") + "/postgres"
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(dsn, connect_timeout=5)


def test_wrong_password_is_refused_and_passwords_are_stored_as_scram(warehouse: StackState) -> None:
    dsn = warehouse.dsn("reader").replace(":" + warehouse.password("reader") + "@", ":wrong@")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(dsn, connect_timeout=5)
    stored = postgres.run_sql(warehouse, "select rolpassword from pg_authid where rolname like 'warehouse_%'")
    assert [line.partition("$")[0] for line in stored.splitlines()] == ["SCRAM-SHA-256"] * 3


def test_starting_again_changes_nothing_and_data_survives_a_stop(warehouse: StackState) -> None:
    with connect(warehouse, "owner") as connection:
        connection.execute("create schema kept; create table kept.t as select 7 as a")
    postgres.stop(warehouse)
    assert not podman.is_running(warehouse, postgres.PART)
    for _ in range(2):
        postgres.start(warehouse, warehouse.image)
    with connect(warehouse, "owner") as connection:
        assert connection.execute("select a from kept.t").fetchone() == (7,)
        connection.execute("drop schema kept cascade")


def test_password_is_in_no_argument_and_no_record_of_the_container(warehouse: StackState) -> None:
    record = podman.podman("inspect", warehouse.container_name(postgres.PART)).stdout.decode()
    assert not [role for role in ROLES if warehouse.password(role) in record]
