"""What is copied in binary form is what PostgreSQL makes of the same values as text."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import psycopg
import pytest
from etl.database import copy_frame
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local_stack.state import StackState

COLUMNS = {
    "id": "uuid", "name": "text", "body": "jsonb", "amount": "numeric", "is_set": "boolean",
    "small": "smallint", "middle": "integer", "large": "bigint", "day": "date", "at": "timestamptz",
}  # fmt: skip
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.none() | st.uuids().map(str),
            "name": st.none() | TEXT,
            "body": st.none() | st.sampled_from(['{"a":[1.10,"ä"]}', "[]", '"\\"x"']),
            "amount": st.none()
            | st.decimals(-(10**24), 10**24, places=6).map(lambda number: format(number, "f"))
            | st.sampled_from(["0", "-0.000001", "10000", "99999999.9999", "0.00010000", "100000000"]),
            "is_set": st.none() | st.booleans(),
            "small": st.none() | st.integers(-(2**15), 2**15 - 1),
            "middle": st.none() | st.integers(-(2**31), 2**31 - 1),
            "large": st.none() | st.integers(-(2**53), 2**53),
            "day": st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31)),
            "at": st.none()
            | st.integers(-(2**53), 2**53).map(lambda count: EPOCH + timedelta(microseconds=count)),
        }
    ),
    max_size=20,
)


@pytest.fixture(scope="module")
def database(postgres: StackState) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    with psycopg.connect(postgres.dsn("owner"), autocommit=True) as connection:
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        connection.execute("set timezone to 'UTC'")
        connection.execute(f"create temporary table copied (number integer, {columns})")
        connection.execute(f"create temporary table expected (number integer, {columns})")
        yield connection


def frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    found.insert(0, "number", range(len(rows)))
    return found.astype(
        {"small": "Int64", "middle": "Int64", "large": "Int64", "name": "str", "amount": "str"}
    )


@given(ROWS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_type_and_null_arrive_as_they_are(
    database: psycopg.Connection[tuple[Any, ...]], rows: list[dict[str, Any]]
) -> None:
    database.execute("truncate copied, expected")
    copy_frame(database, "copied", frame(rows))
    with database.cursor() as cursor:
        places = ", ".join(f"%({name})s::{kind}" for name, kind in COLUMNS.items())
        numbered = [{"number": number, **row} for number, row in enumerate(rows)]
        cursor.executemany(f"insert into expected values (%(number)s, {places})", numbered)  # noqa: S608
    texts = "select found::text from {} as found order by number"
    copied, expected = (database.execute(texts.format(table)).fetchall() for table in ("copied", "expected"))
    assert copied == expected


def test_parts_of_a_frame_are_written_one_after_the_other(
    database: psycopg.Connection[tuple[Any, ...]],
) -> None:
    count = 70_000
    rows = frame([{}] * count)
    rows["id"] = [f"{number:08x}-9dad-11d1-80b4-00c04fd430c8" for number in range(count)]
    rows["amount"] = pd.Series([str(Decimal(number) / 100) for number in range(count)], dtype="str")
    database.execute("truncate copied")
    copy_frame(database, "copied", rows)
    found = database.execute(
        "select count(*), sum(amount), count(distinct id),"
        " bool_and(id::text = lpad(to_hex(number), 8, '0') || '-9dad-11d1-80b4-00c04fd430c8') from copied"
    ).fetchone()
    assert found == (count, Decimal(count * (count - 1) // 2) / 100, count, True)


@pytest.mark.parametrize(
    "value", ["x", "6ba7b810-9dad-11d1-80b4-00c04fd430c8x", "6ba7b810-9dad-11d1-80b4-00c04fd430cg"]
)
def test_what_is_no_uuid_is_refused_before_anything_is_written(
    database: psycopg.Connection[tuple[Any, ...]], value: str
) -> None:
    with pytest.raises(ValueError, match="column id: a uuid"):
        copy_frame(database, "copied", pd.DataFrame({"number": [1], "id": [value]}))
