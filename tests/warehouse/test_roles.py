"""Each role has its own grants and no others."""

import psycopg
import pytest

from local_stack.state import StackState


def test_reader_reads_and_writes_nothing(postgres: StackState) -> None:
    with psycopg.connect(postgres.dsn("reader"), autocommit=True) as connection:
        connection.execute("select * from mart.traffic_hourly")
        for statement in (
            "delete from mart.traffic_hourly",
            "insert into mart.notice (notice_id, body) values ('x', 'x')",
            "create table mart.mine (x int)",
            "select * from etl.objects",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_loader_makes_no_tables(postgres: StackState) -> None:
    with psycopg.connect(postgres.dsn("loader"), autocommit=True) as connection:
        for statement in (
            "create table warehouse.mine (x int)",
            "drop table mart.notice",
            "create schema mine",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
