"""What the ETL publishes about itself and the warehouse, read from its output as CloudWatch reads it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from etl.errors import TransientError

from tests.etl.events import START, event, raw_object
from tests.warehouse.pipeline import CONNECTION_OBJECT, Pipeline

Published = Callable[[], dict[str, Any]]


def documents_in(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines() if line.startswith('{"_aws"')]


@pytest.fixture
def published(capsys: pytest.CaptureFixture[str]) -> Published:
    """The metrics of the last run, by name; without those of past hours."""

    def last() -> dict[str, Any]:
        documents = documents_in(capsys.readouterr().out)
        (document,) = [found for found in documents if "EventsStored" not in found]
        (directive,) = document["_aws"]["CloudWatchMetrics"]
        return {metric["Name"]: document[metric["Name"]] for metric in directive["Metrics"]}

    return last


def test_a_run_publishes_what_it_did_and_how_the_warehouse_is(
    pipeline: Pipeline, published: Published
) -> None:
    pipeline.put(raw_object([event("a", START), event("a", START)], START))
    pipeline.run({})
    metrics = published()
    assert (metrics["EventsLoaded"], metrics["EventsDuplicate"], metrics["EventsRejected"]) == (1, 1, 0)
    assert (metrics["WarehouseUp"], metrics["AccountDifference"], metrics["UnloadedObjects"]) == (1, 0, 0)
    assert metrics["DatabaseSize"] > 1_000_000
    assert 60 <= metrics["DataAge"] < 120  # what was received in the last minute may be on its way


def test_a_run_says_how_much_lay_in_raw_of_each_hour_that_is_over(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.now(UTC)
    earlier = now - timedelta(hours=2)
    made = [event(str(n), earlier) for n in range(3)]
    broken = {**event("broken", earlier), "event_time": "never"}
    pipeline.put(raw_object([*made, made[0], broken], earlier), raw_object([event("now", now)], now))
    pipeline.run({})
    stored = {
        datetime.fromtimestamp(found["_aws"]["Timestamp"] / 1000, UTC): found["EventsStored"]
        for found in documents_in(capsys.readouterr().out)
        if "EventsStored" in found
    }
    this_hour, hour = now.replace(minute=0, second=0, microsecond=0), timedelta(hours=1)
    assert len(stored) == 6
    assert max(stored) in (this_hour - hour, this_hour - 2 * hour)  # in its first minute no hour is over
    # what is rejected or a copy was accepted and lies there, too
    assert {at: count for at, count in stored.items() if count} == {this_hour - 2 * hour: 5}


def test_before_the_first_complete_run_no_hour_is_over(
    pipeline: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    pipeline.put(raw_object([event("a", START)], START))
    pipeline.run()
    assert "EventsStored" not in capsys.readouterr().out


def test_a_run_without_time_publishes_what_it_left(pipeline: Pipeline, published: Published) -> None:
    pipeline.put(raw_object([event("a", START)], START))
    pipeline.run(seconds_left=30)
    assert published()["UnloadedObjects"] == 1


def test_a_run_that_fails_publishes_how_the_warehouse_is(pipeline: Pipeline, published: Published) -> None:
    pipeline.put(raw_object([event("a", START)], START))
    with psycopg.connect(pipeline.owner_dsn) as owner:
        owner.execute("revoke insert on warehouse.fact_sessions from warehouse_loader")
    try:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            pipeline.run()
    finally:
        with psycopg.connect(pipeline.owner_dsn) as owner:
            owner.execute("grant insert on warehouse.fact_sessions to warehouse_loader")
    metrics = published()
    assert (metrics["WarehouseUp"], metrics["AccountDifference"]) == (1, 0)
    assert "EventsLoaded" not in metrics


def test_a_warehouse_out_of_reach_is_published_as_not_up(pipeline: Pipeline, published: Published) -> None:
    kept = pipeline.s3.get_object(Bucket="artifacts", Key=CONNECTION_OBJECT)["Body"].read()
    nowhere = json.dumps({**json.loads(kept), "port": 9})
    pipeline.s3.put_object(Bucket="artifacts", Key=CONNECTION_OBJECT, Body=nowhere)
    try:
        with pytest.raises(TransientError):
            pipeline.run()
    finally:
        pipeline.s3.put_object(Bucket="artifacts", Key=CONNECTION_OBJECT, Body=kept)
    assert published() == {"WarehouseUp": 0, "PackagesValid": 0}  # none were published here


@pytest.mark.parametrize("change", [-1, 1])
def test_an_event_that_dashboards_miss_or_count_twice_is_a_difference(
    pipeline: Pipeline, published: Published, change: int
) -> None:
    pipeline.put(raw_object([event("a", START)], START))
    pipeline.run()
    published()
    with psycopg.connect(pipeline.owner_dsn) as owner:
        owner.execute("update mart.traffic_hourly set events_count = events_count + %s", [change])
    pipeline.run()
    assert published()["AccountDifference"] == 1
