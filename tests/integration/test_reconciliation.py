"""The nightly reconciliation as AWS would run it: schedule, deployed zip, role, and both databases."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest
import run_etl
from provision.identity import identify
from provision.settings import read_settings

from local_stack.demo_report import client
from local_stack.edge.schedules import Ticker
from local_stack.edge.services import Services
from local_stack.processes import wait_until
from local_stack.state import OLTP
from tests.integration.conftest import Demo

# long enough ago to be compared: what is loaded reaches to the last run
ORDERED_AT = datetime.now(UTC) - timedelta(hours=3)


@pytest.fixture
def order_ids(demo_run: Demo) -> Iterator[tuple[str, str]]:
    """Yield the numbers of an order that the stream will know and of one that it will not."""
    seen, lost = (f"seen-{uuid4()}", f"lost-{uuid4()}")
    with psycopg.connect(demo_run.stack.dsn("owner", OLTP)) as shop:
        for order_id in (seen, lost):
            shop.execute(
                "insert into shop.orders (order_id, customer_id, idempotency_key, currency, value, placed_at)"
                " values (%s, 'c-1', %s, 'EUR', 59.80, %s)",
                [order_id, order_id, ORDERED_AT],
            )
            shop.execute(
                "insert into shop.order_items (order_id, item_number, product_id, item_name, price, quantity)"
                " values (%s, 1, 'bath-001', 'Towel', 29.90, 2)",
                [order_id],
            )
    yield seen, lost
    with psycopg.connect(demo_run.stack.dsn("owner", OLTP)) as shop:
        shop.execute("delete from shop.orders")
    with psycopg.connect(demo_run.stack.dsn("owner")) as warehouse:
        warehouse.execute("truncate warehouse.reconciled_orders, mart.order_reconciliation_daily")


def purchase(order_id: str) -> bytes:
    event = {
        "event_id": str(uuid4()),
        "event_name": "purchase",
        "event_time": round(ORDERED_AT.timestamp() * 1000),
        "anonymous_id": "reconciliation",
        "params": {"transaction_id": order_id, "currency": "EUR", "value": 59.8},
    }
    return json.dumps({"sent_at": datetime.now(UTC).isoformat(), "events": [event]}).encode()


def published(demo_run: Demo) -> list[dict[str, Any]]:
    """Return what reconciliations have published so far, in order."""
    group = f"/aws/lambda/{identify(read_settings(), 'etl').name}"
    pages = client(demo_run.stack, "logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    messages = [event["message"] for page in pages for event in page["events"]]
    return [json.loads(message) for message in messages if '"OrdersCompared"' in message]


def load(demo_run: Demo) -> None:
    """Load what is new, as the hourly schedule does."""
    run_etl.run_etl(client(demo_run.stack, "lambda"), identify(read_settings(), "etl").name, {})


def test_the_schedule_compares_the_orders_of_both_databases(
    demo_run: Demo, order_ids: tuple[str, str]
) -> None:
    seen, lost = order_ids
    assert demo_run.post(purchase(seen)).status_code == 200
    load(demo_run)
    settings, stack = read_settings(), demo_run.stack
    schedule = client(stack, "scheduler").get_schedule(
        GroupName=identify(settings, "schedules").name, Name=identify(settings, "reconcile").name
    )
    assert json.loads(schedule["Target"]["Input"]) == {"task": "reconcile"}
    before = len(published(demo_run))
    Ticker(Services(stack), pause=lambda _seconds: None).fire(schedule, datetime.now(UTC))
    # the call waits for its turn, one at a time, and publishes when all days are compared
    assert wait_until(lambda: len(published(demo_run)) > before, 120)
    newest = published(demo_run)[-1]
    assert (newest["OrdersMissingInStream"], newest["OrdersMissingPercent"]) == (1, 5)
    found = "select order_id, verdict from warehouse.reconciled_orders"
    verdicts = dict(demo_run.query(found))
    assert (verdicts[seen], verdicts[lost]) == ("equal", "missing in stream")
    days = "select sum(orders_count) from mart.order_reconciliation_daily where verdict = %s"
    with psycopg.connect(stack.dsn("reader")) as reader:
        assert reader.execute(days, ["missing in stream"]).fetchone() == (1,)


def test_the_demo_has_no_orders_and_nothing_is_compared(demo_run: Demo) -> None:
    function = identify(read_settings(), "etl").name
    line = run_etl.reconciliation(client(demo_run.stack, "lambda"), function, {})
    assert line == "reconciliation: nothing was compared: the shop's database holds no orders"
    assert demo_run.query("select count(*) from warehouse.reconciled_orders") == [(0,)]
