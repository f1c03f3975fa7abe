"""An engine that is not ours reads the processed files as Athena's table has them, and finds the warehouse.

DuckDB reads folders `dt=…/hr=…` as partitions, as Athena does. It reads copies of the objects in a
folder: its own way to S3 is an extension that has to be downloaded.
"""

import hashlib
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from event_mapping import read_events, read_mapping
from import_events import raw_files
from provision.catalog import EVENT_COLUMNS, EVENTS_PREFIX, PARTITION_KEYS

from tests.warehouse.pipeline import Pipeline
from tests.warehouse.test_any_order import stormy_day

DATA = Path(__file__).parents[1] / "data"
# Athena's types in DuckDB's words.
TYPES = {
    "bigint": "BIGINT", "boolean": "BOOLEAN", "date": "DATE", "int": "INTEGER", "string": "VARCHAR",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
}  # fmt: skip
AMOUNTS = {"value", "tax", "shipping"}
# What docs/athena.md says of copies received in several hours, and the ETL of which one counts.
EACH_ONCE = """
qualify row_number() over (
    partition by event_date, event_id order by received_at, object_id, line_number
) = 1
"""
SUMS = "count(*), sum(cast(value as decimal(38, 6))), count(*) filter (is_bot), count(distinct visitor_id)"


@pytest.fixture(scope="module")
def columns() -> dict[str, str]:
    return {column.name: TYPES[column.type] for column in EVENT_COLUMNS}


def test_files_are_what_the_table_declares_and_what_the_warehouse_holds(
    pipeline: Pipeline, columns: dict[str, str], tmp_path: Path
) -> None:
    mapping = read_mapping(DATA / "ecom/mapping.yml")
    files = raw_files("ecom", read_events(DATA / "ecom/ecom_events.csv.gz", mapping))
    january = [(file.key, file.body) for file in files if "dt=2024-01" in file.key]
    pipeline.put(*january, *stormy_day(0))
    pipeline.run()
    download(pipeline, tmp_path)
    with duckdb.connect() as engine:
        engine.execute(f"create view events as from {partitions(tmp_path)}")
        assert declared(engine) == columns | {key.name: TYPES[key.type] for key in PARTITION_KEYS}
        assert_partitions_are_hours_of_receipt(engine)
        engine.execute(f"create view once as from events {EACH_ONCE}")
        by_duckdb = rows(engine.execute(f"from once select {readable(columns)}").fetchall())
        sums = engine.execute(f"from once select {SUMS}").fetchone()
    of_warehouse = pipeline.query(f"select {', '.join(columns)} from warehouse.fact_events")  # noqa: S608
    assert len(by_duckdb) == len(of_warehouse) > 700
    assert checksums(columns, by_duckdb) == checksums(columns, rows(of_warehouse))
    assert sums == pipeline.query(
        "select count(*), sum(value), count(*) filter (where is_bot), count(distinct visitor_id)"
        " from warehouse.fact_events"
    )[0]  # fmt: skip


def download(pipeline: Pipeline, folder: Path) -> None:
    for key in pipeline.keys("processed"):
        path = folder / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pipeline.s3.get_object(Bucket="processed", Key=key)["Body"].read())


def partitions(folder: Path) -> str:
    types = ", ".join(f"'{key.name}': {TYPES[key.type]}" for key in PARTITION_KEYS)
    return (
        f"read_parquet('{folder}/{EVENTS_PREFIX}*/*/*.parquet', hive_partitioning = true,"
        f" hive_types = {{{types}}})"
    )


def declared(engine: duckdb.DuckDBPyConnection) -> dict[str, str]:
    described = engine.execute("describe select * from events").fetchall()
    return {str(name): str(of_type) for name, of_type, *_ in described}


def assert_partitions_are_hours_of_receipt(engine: duckdb.DuckDBPyConnection) -> None:
    engine.execute("set TimeZone = 'UTC'")
    found = engine.execute(
        "select count(*) from events where dt <> strftime(received_at, '%Y-%m-%d') or hr <> hour(received_at)"
    ).fetchone()
    assert found == (0,)


def readable(columns: dict[str, str]) -> str:
    """The columns in SQL; times as microseconds, which Python need not understand."""
    is_time = {name: of_type == TYPES["timestamp"] for name, of_type in columns.items()}
    return ", ".join(f"epoch_us({name})" if is_time[name] else name for name in columns)


def rows(found: list[tuple[Any, ...]]) -> list[tuple[str | None, ...]]:
    """The rows in the order of their first two columns, day and id of the event, each value as text."""
    return sorted((tuple(text_of(value) for value in row) for row in found), key=lambda row: (row[0], row[1]))


def text_of(value: object) -> str | None:
    if isinstance(value, datetime):
        return str(round(value.timestamp() * 1_000_000))
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True)
    return None if value is None else str(value)


def checksums(columns: dict[str, str], found: list[tuple[str | None, ...]]) -> dict[str, str]:
    """A checksum of each column, of its values in the order of the rows."""
    return {
        name: hashlib.sha256(repr([canonical(name, row[place]) for row in found]).encode()).hexdigest()
        for place, name in enumerate(columns)
    }


def canonical(name: str, text: str | None) -> object:
    """A value as the warehouse and the files both mean it: amounts are numbers, parameters are JSON."""
    if text is None:
        return None
    if name in AMOUNTS:
        return Decimal(text).normalize()
    return json.dumps(json.loads(text), sort_keys=True) if name == "params" else text
