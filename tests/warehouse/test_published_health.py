"""What the ETL publishes about itself and the warehouse, read from its output as CloudWatch reads it."""

import json
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from etl.errors import TransientError

from tests.etl.events import START, event, raw_object
from tests.warehouse.pipeline import CONNECTION_OBJECT, Pipeline

Published = Callable[[], dict[str, Any]]


@pytest.fixture
def published(capsys: pytest.CaptureFixture[str]) -> Published:
    """The metrics of the last run, by name."""

    def last() -> dict[str, Any]:
        lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith('{"_aws"')]
        (document,) = map(json.loads, lines)
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
