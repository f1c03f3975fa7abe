"""Rejects are listed by reason and line, and loaded once more when somebody asks."""

from collections.abc import Iterator

import psycopg
import pytest
from list_rejects import Selection, groups, lines, mark, printable, rendered_groups, rendered_lines

from tests.etl.events import START, event, minutes, raw_object
from tests.warehouse.pipeline import Pipeline
from tests.warehouse.test_unloadable import choosy, poison

__all__ = ["choosy"]
UNLOADABLE = Selection(reason="unloadable")


@pytest.fixture
def connection(pipeline: Pipeline) -> Iterator[psycopg.Connection]:
    with psycopg.connect(pipeline.owner_dsn, autocommit=True) as opened:
        yield opened


def put_rejects(pipeline: Pipeline) -> str:
    """Load two good lines among three bad ones; return the key of their object."""
    bad = poison("bad", at=1, event_name="purchase", items=[{"item_id": "x"}])
    mixed = raw_object([event("a", START), bad, {"x": 1}, event("b", minutes(2))], minutes(3))
    pipeline.put(mixed, ("events/dt=2026-03-05/hr=10/poison.json.gz", b"this is no gzip"))
    pipeline.run()
    return mixed[0]


def test_rejects_are_counted_by_reason(choosy: Pipeline, connection: psycopg.Connection) -> None:
    put_rejects(choosy)
    found = groups(connection, Selection())
    assert {(group.reason, group.rejects_count, group.objects_count) for group in found} == {
        ("unloadable", 1, 1), ("invalid", 1, 1), ("unreadable", 1, 1),
    }  # fmt: skip
    assert "unloadable" in rendered_groups(found)
    assert rendered_groups([]) == "nothing is rejected\n"


def test_rejects_are_listed_with_object_and_line(choosy: Pipeline, connection: psycopg.Connection) -> None:
    key = put_rejects(choosy)
    found = lines(connection, Selection(), 100)
    assert [(line.object_key, line.line_number, line.reason) for line in found] == [
        ("events/dt=2026-03-05/hr=10/poison.json.gz", 0, "unreadable"),
        (key, 2, "unloadable"),
        (key, 3, "invalid"),
    ]
    assert f"{key}:2  unloadable" in rendered_lines(found, 100)
    assert "the newest 1;" in rendered_lines(lines(connection, Selection(), 1), 1)


def test_rejects_are_selected_by_receive_dates_and_key(
    choosy: Pipeline, connection: psycopg.Connection
) -> None:
    key = put_rejects(choosy)
    day = START.date()
    assert [line.line_number for line in lines(connection, Selection(first=day, last=day), 9)] == [2, 3]
    assert [line.line_number for line in lines(connection, Selection(key=key), 9)] == [2, 3]
    assert lines(connection, Selection(last=day.replace(day=1)), 9) == []


def test_marked_object_is_loaded_once_more_by_the_next_ordinary_run(
    choosy: Pipeline, connection: psycopg.Connection
) -> None:
    put_rejects(choosy)
    connection.execute("alter table warehouse.fact_events disable trigger refuse")
    assert mark(connection, UNLOADABLE) == mark(connection, UNLOADABLE) == 1
    assert groups(connection, UNLOADABLE)[0].marked_count == 1
    before = choosy.account()
    assert choosy.broken_checks() == []
    assert choosy.run({})["objects_count"] == 1, "the run looks back as far as the marked object"
    assert before == (5, 2, 3, 0)
    assert choosy.account() == (5, 3, 2, 0)
    assert groups(connection, UNLOADABLE) == []
    assert choosy.sessions() == [(START, minutes(2), 3)]
    assert choosy.query("select count(*) from fact_event_items") == [(1,)]
    assert choosy.query("select sum(purchases_count) from mart.traffic_hourly") == [(1,)]
    assert choosy.broken_checks() == []
    assert choosy.run({})["objects_count"] == 0


def test_warehouse_after_a_reload_is_as_if_nothing_had_ever_been_refused(
    choosy: Pipeline, connection: psycopg.Connection
) -> None:
    put_rejects(choosy)
    choosy.put(raw_object([event("a", START, params={"n": 1})], minutes(-5), batch="earlier"))
    connection.execute("alter table warehouse.fact_events disable trigger refuse")
    mark(connection, UNLOADABLE)
    choosy.run()
    reloaded = choosy.content()
    choosy.empty_warehouse()
    choosy.run()
    assert choosy.content() == reloaded
    assert choosy.broken_checks() == []


def test_reload_without_a_fix_changes_nothing(choosy: Pipeline, connection: psycopg.Connection) -> None:
    put_rejects(choosy)
    before = choosy.content()
    mark(connection, Selection())
    choosy.run()
    assert choosy.content() == before


def test_reload_of_what_is_gone_from_raw_keeps_its_rejects(
    choosy: Pipeline, connection: psycopg.Connection
) -> None:
    key = put_rejects(choosy)
    mark(connection, UNLOADABLE)
    choosy.s3.delete_object(Bucket="raw", Key=key)
    assert choosy.run({})["objects_count"] == 0
    (group,) = groups(connection, UNLOADABLE)
    assert (group.rejects_count, group.marked_count) == (1, 0)
    assert choosy.account() == (5, 2, 3, 0)


def test_nothing_that_was_sent_steers_the_terminal() -> None:
    assert printable("a\x1b[31m\nb\u202e") == "a\\x1b[31m\\nb\\u202e"
