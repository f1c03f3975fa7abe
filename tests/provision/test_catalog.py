"""The table in the data catalog reads the very files that the ETL writes.

The reader here does with the live table what Athena does: it works out the partitions from the table's
parameters, lists what lies in each, and takes the columns by name and type.
"""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contract.raw_object import EVENTS_PREFIX
from etl.clean import clean
from etl.parse import Parsed
from etl.processed import PROCESSED_SCHEMA, processed_files, processed_key
from provision import engine
from provision.aws import Account, Aws
from provision.catalog import build_catalog
from provision.function_zip import FunctionZip
from provision.resource import Document
from provision.resources import Bucket
from provision.resources.glue import GlueTable
from provision.settings import Settings, SettingsError, read_settings
from provision.stack import build_stack

from tests.etl.events import START, event, raw_object
from tests.provision.test_settings import with_line

# https://docs.aws.amazon.com/athena/latest/ug/data-types.html
ARROW_TYPES: dict[str, pa.DataType] = {
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "int": pa.int32(),
    "string": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}
HOURS = [
    START.replace(minute=0),
    START.replace(hour=23, minute=0),
    START.replace(minute=0) + timedelta(days=1),
]


@pytest.fixture
def processed(settings: Settings, account: Account, small_zips: dict[str, FunctionZip]) -> Bucket:
    stack = build_stack(settings, account, small_zips)
    name = f"cloudworks-production-processed-{account.id}"
    return next(part for part in stack if isinstance(part, Bucket) and part.name == name)


@pytest.fixture
def table(settings: Settings, account: Account, aws: Aws, processed: Bucket) -> Document:
    """The live table over three hours of files, as Glue returns it."""
    processed.create(aws)
    parts = build_catalog(replace(settings, athena_first_date="2026-02-28"), account, processed)
    engine.apply(parts, aws, lambda _line: None)
    for key, body in files():
        aws.s3.put_object(Bucket=processed.name, Key=key, Body=body)
    (events,) = [part for part in parts if isinstance(part, GlueTable)]
    return aws.catalog.get_table(DatabaseName=events.database.name, Name="events")["Table"]


def files() -> Iterator[tuple[str, bytes]]:
    """What the ETL writes for two events in each of three hours."""
    parsed, hours = Parsed(), []
    for number, hour in enumerate(HOURS):
        _, body = raw_object([event(f"{number}{one}", hour, params={"value": 0.1}) for one in "ab"], hour)
        parsed.add_object(number, body)
        hours += [hour] * 2
    return processed_files(clean(parsed.frame()), hours)


def projected(table: Document, first: date, last: date) -> Iterator[tuple[str, str, str]]:
    """(dt, hr, place) of each partition that the table's parameters give for the dates, both included."""
    wanted = table["Parameters"]
    assert wanted["projection.enabled"] == "true"
    assert wanted["projection.dt.format"] == "yyyy-MM-dd"
    assert wanted["projection.dt.range"].endswith(",NOW")
    from_, to = map(int, wanted["projection.hr.range"].split(","))
    day = max(first, date.fromisoformat(wanted["projection.dt.range"].partition(",")[0]))
    while day <= min(last, datetime.now(UTC).date()):
        for hour in range(from_, to + 1):
            hr = f"{hour:0{wanted['projection.hr.digits']}}"
            template = wanted["storage.location.template"]
            yield str(day), hr, template.replace("${dt}", str(day)).replace("${hr}", hr)
        day += timedelta(days=1)


def rows_of(table: Document, aws: Aws, first: date, last: date) -> pa.Table:
    """What a query that names the dates reads: the table's columns and partition keys."""
    schema = pa.schema(
        [(one["Name"], ARROW_TYPES[one["Type"]]) for one in table["StorageDescriptor"]["Columns"]]
    )
    found = []
    for dt, hr, place in projected(table, first, last):
        bucket, _, prefix = place.removeprefix("s3://").partition("/")
        for one in aws.s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", []):
            body = aws.s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()
            part = pq.read_table(io.BytesIO(body)).select(schema.names)
            assert part.schema.equals(schema)
            keys = {"dt": [dt] * len(part), "hr": [int(hr)] * len(part)}
            found.append(part.append_column("dt", [keys["dt"]]).append_column("hr", [keys["hr"]]))
    return pa.concat_tables(found) if found else schema.empty_table()


def test_the_tables_columns_are_those_of_a_real_file_in_order_and_type(table: Document) -> None:
    _, body = next(files())
    written = pq.read_schema(io.BytesIO(body))
    columns = [(one["Name"], ARROW_TYPES[one["Type"]]) for one in table["StorageDescriptor"]["Columns"]]
    assert columns == [(field.name, field.type) for field in written]
    assert written.equals(PROCESSED_SCHEMA)


def test_a_question_to_the_table_finds_every_row_that_the_etl_wrote(table: Document, aws: Aws) -> None:
    found = rows_of(table, aws, START.date(), START.date() + timedelta(days=1))
    assert sorted(found["event_id"].to_pylist()) == sorted(
        row for _, body in files() for row in pq.read_table(io.BytesIO(body))["event_id"].to_pylist()
    )
    assert len(found) == 6
    for row in found.to_pylist():
        assert (row["dt"], row["hr"]) == (f"{row['received_at']:%Y-%m-%d}", row["received_at"].hour)
    assert len(rows_of(table, aws, START.date(), START.date())) == 4


@pytest.mark.parametrize("hour", range(24))
def test_every_place_that_the_etl_writes_to_is_a_partition(hour: int, table: Document) -> None:
    at = START.replace(hour=hour)
    places = [place for _, _, place in projected(table, at.date(), at.date())]
    written = table["StorageDescriptor"]["Location"].removesuffix(EVENTS_PREFIX) + processed_key(at)
    assert [place for place in places if written.startswith(place)] == [places[hour]]


def test_answers_lie_outside_of_what_is_asked(
    settings: Settings, account: Account, processed: Bucket
) -> None:
    _, events, analysts = (part.wanted() for part in build_catalog(settings, account, processed))
    assert not analysts["results_location"].startswith(events["location"])
    (rule,) = [rule for rule in processed.wanted()["lifecycle"] if rule["ID"] == "expire-athena-results"]
    assert analysts["results_location"] == f"s3://{processed.name}/{rule['Filter']['Prefix']}"
    assert rule["Expiration"] == {"Days": settings.athena_results_days}


def test_a_note_that_somebody_left_in_the_tables_parameters_stays(
    settings: Settings, account: Account, aws: Aws, processed: Bucket
) -> None:
    parts = build_catalog(settings, account, processed)
    engine.apply(parts, aws, lambda _line: None)
    events: Document = parts[1]
    aws.catalog.update_table(
        DatabaseName=events.database.name, TableInput={**events._input({"note": "x"}), "Description": "other"}
    )
    events.update(aws, {"description"})
    live = aws.catalog.get_table(DatabaseName=events.database.name, Name="events")["Table"]
    assert live["Parameters"]["note"] == "x"
    assert engine.plan(parts, aws).is_empty


@pytest.mark.parametrize("first_date", ["'2026-02-30'", "'20260101'", "yesterday", "2026-01-01"])
def test_a_first_date_that_is_none_is_refused(first_date: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="platform_athena_first_date must be"):
        read_settings(with_line(tmp_path, "platform_athena_first_date", first_date))
