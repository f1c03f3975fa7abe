"""The roles of both databases have what they were given, and nothing beyond it."""

import psycopg
import pytest
from psycopg import errors

from local_stack import podman, postgres
from local_stack.state import OLTP, ROLES, WAREHOUSE, DatabaseName, Role, StackState

DATABASES = (WAREHOUSE, OLTP)
EVERY_ROLE = [(database, role) for database in DATABASES for role in ROLES[database]]
GUESTS = [(database, role) for database, role in EVERY_ROLE if role != "owner"]
FORBIDDEN = [
    "create schema mine",
    "create table pg_catalog.t (a int)",
    "create role other",
    "create database other",
    "alter role {database}_owner superuser",
    "set role {database}_owner",
    "copy (select 1) to program 'true'",
    "select pg_read_file('/etc/passwd')",
    "drop database {database}",
]


def connect(
    stack: StackState, role: Role, database: DatabaseName = WAREHOUSE
) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(stack.dsn(role, database), autocommit=True, connect_timeout=5)


@pytest.mark.parametrize(
    ("database", "search_path"), [(WAREHOUSE, "warehouse, mart"), (OLTP, "shop")], ids=DATABASES
)
def test_cluster_is_postgresql_17_with_checksums_in_utc(
    databases: StackState, database: DatabaseName, search_path: str
) -> None:
    with connect(databases, "owner", database) as connection:
        row = connection.execute(
            "select current_setting('server_version_num')::int / 10000, current_setting('data_checksums'), "
            "current_setting('timezone'), current_setting('search_path'), current_setting('listen_addresses')"
        ).fetchone()
    assert row == (17, "on", "UTC", search_path, "127.0.0.1")


@pytest.mark.parametrize(("database", "role"), GUESTS)
@pytest.mark.parametrize("statement", FORBIDDEN)
def test_role_is_refused_what_it_was_not_given(
    databases: StackState, database: DatabaseName, role: Role, statement: str
) -> None:
    text = statement.format(database=database).encode()
    with connect(databases, role, database) as connection, pytest.raises(errors.InsufficientPrivilege):
        connection.execute(text)


def test_only_the_loader_makes_temporary_tables(databases: StackState) -> None:
    with connect(databases, "loader") as connection:
        connection.execute("create temporary table t (a int)")
    for database, role in GUESTS:
        if role == "loader":
            continue
        with connect(databases, role, database) as connection, pytest.raises(errors.InsufficientPrivilege):
            connection.execute("create temporary table t (a int)")


@pytest.mark.parametrize("database", DATABASES)
def test_owner_makes_schemas_in_its_database_but_is_no_superuser(
    databases: StackState, database: DatabaseName
) -> None:
    with connect(databases, "owner", database) as connection:
        connection.execute("create schema probe")
        connection.execute("drop schema probe")
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("create role other")


@pytest.mark.parametrize(("database", "role"), EVERY_ROLE)
def test_no_role_reaches_another_database(databases: StackState, database: DatabaseName, role: Role) -> None:
    dsn = databases.dsn(role, database).removesuffix(f"/{database}") + "/postgres"
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(dsn, connect_timeout=5)


def test_a_role_of_one_database_is_unknown_to_the_other(databases: StackState) -> None:
    dsn = databases.dsn("shop", OLTP).replace(f":{databases.oltp_port}/", f":{databases.postgres_port}/")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(dsn, connect_timeout=5)


@pytest.mark.parametrize("database", DATABASES)
def test_wrong_password_is_refused_and_passwords_are_stored_as_scram(
    databases: StackState, database: DatabaseName
) -> None:
    password = databases.password("reader", database)
    dsn = databases.dsn("reader", database).replace(f":{password}@", ":wrong@")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(dsn, connect_timeout=5)
    stored = postgres.run_sql(
        databases, "select rolpassword from pg_authid where rolname !~ '^(pg_|postgres$)'", database=database
    )
    assert [line.partition("$")[0] for line in stored.splitlines()] == ["SCRAM-SHA-256"] * 3


@pytest.mark.parametrize("database", DATABASES)
def test_starting_again_changes_nothing_and_data_survives_a_stop(
    databases: StackState, database: DatabaseName
) -> None:
    with connect(databases, "owner", database) as connection:
        connection.execute("create schema kept; create table kept.t as select 7 as a")
    postgres.stop(databases, database)
    assert not podman.is_running(databases, postgres.CLUSTERS[database].part)
    for _ in range(2):
        postgres.start(databases, databases.image, database)
    with connect(databases, "owner", database) as connection:
        assert connection.execute("select a from kept.t").fetchone() == (7,)
        connection.execute("drop schema kept cascade")


@pytest.mark.parametrize("database", DATABASES)
def test_password_is_in_no_argument_and_no_record_of_the_container(
    databases: StackState, database: DatabaseName
) -> None:
    container = databases.container_name(postgres.CLUSTERS[database].part)
    record = podman.podman("inspect", container).stdout.decode()
    assert not [role for role in ROLES[database] if databases.password(role, database) in record]
