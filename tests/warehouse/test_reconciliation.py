"""Each night, books and stream are compared order by order; what is found stands beside each other."""

import json
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from etl.errors import TerminalError, TransientError
from etl.reconcile_run import SETTLING

from local_stack.state import OLTP
from tests.etl.events import START, event, minutes, raw_object
from tests.warehouse.pipeline import SHOP_CONNECTION_OBJECT, Pipeline
from tests.warehouse.shop_books import ShopBooks

FOUND = "select order_id, order_date::text, verdict from warehouse.reconciled_orders order by 1"
NIGHT = START + timedelta(days=1)
RECONCILE = {"task": "reconcile"}


@pytest.fixture
def both(pipeline: Pipeline, shop_books: ShopBooks) -> Pipeline:
    """A pipeline whose function reaches the shop's books, with everything received until `NIGHT` loaded."""
    give_login(pipeline, shop_books.stack.libpq_fields("reader", OLTP))
    load_until(pipeline, NIGHT)
    return pipeline


def give_login(pipeline: Pipeline, fields: dict[str, Any]) -> None:
    pipeline.s3.put_object(Bucket="artifacts", Key=SHOP_CONNECTION_OBJECT, Body=json.dumps(fields))


def load_until(pipeline: Pipeline, complete_to: datetime) -> None:
    with psycopg.connect(pipeline.owner_dsn) as connection:
        connection.execute("insert into etl.runs (started_at, complete_to) values (now(), %s)", [complete_to])


def buy(
    pipeline: Pipeline, *order_ids: str, at: datetime = START, name: str = "purchase", **params: Any
) -> None:
    """Let the events of these orders be loaded."""
    made = [
        event(
            f"{name} {order_id} {at}",
            at,
            event_name=name,
            params={"value": 24.4, "currency": "EUR", "transaction_id": order_id, **params},
        )
        for order_id in order_ids
    ]
    pipeline.put(raw_object(made, at))
    pipeline.run()


def test_orders_on_both_sides_on_one_and_with_other_amounts_are_told_apart(
    both: Pipeline, shop_books: ShopBooks
) -> None:
    shop_books.place("equal", "lost", at=START)
    shop_books.place("amount", at=START, value="24.41")
    shop_books.place("currency", at=START, currency="USD")
    shop_books.place("refund", at=START, refunded_value="4.40")
    shop_books.place("cancelled", at=START, status="cancelled")
    buy(both, "equal", "amount", "currency", "refund", "strange")
    answer = both.run(RECONCILE)
    assert [(order_id, verdict) for order_id, _, verdict in both.query(FOUND)] == [
        ("amount", "amount differs"),
        ("cancelled", "equal"),
        ("currency", "currency differs"),
        ("equal", "equal"),
        ("lost", "missing in stream"),
        ("refund", "refund differs"),
        ("strange", "missing in shop"),
    ]
    assert answer["orders"]["equal"] == 2
    assert (answer["days_count"], answer["days_left_count"]) == (35, 0)
    sums = (
        "select sum(orders_count), sum(shop_value), sum(stream_value) from order_reconciliation_daily"
        " where currency = 'EUR'"
    )
    assert [tuple(map(float, row)) for row in both.query(sums)] == [(6, 122.01, 97.6)]
    assert both.broken_checks() == []


def test_a_refund_event_makes_the_refund_equal(both: Pipeline, shop_books: ShopBooks) -> None:
    shop_books.place("A1", at=START, refunded_value="4.40")
    buy(both, "A1")
    buy(both, "A1", name="refund", at=minutes(60), value=4.4)
    both.run(RECONCILE)
    assert both.query(FOUND) == [("A1", "2026-03-02", "equal")]


def test_an_order_is_found_on_the_other_side_of_midnight(both: Pipeline, shop_books: ShopBooks) -> None:
    midnight = datetime.combine(START, datetime.min.time(), START.tzinfo)
    second = timedelta(seconds=1)
    shop_books.place("before", at=midnight - second)
    shop_books.place("after", at=midnight + second)
    buy(both, "before", at=midnight + second)
    buy(both, "after", at=midnight - second)
    both.run(RECONCILE)
    assert both.query(FOUND) == [("after", "2026-03-02", "equal"), ("before", "2026-03-01", "equal")]


def test_an_order_whose_event_may_not_be_loaded_yet_is_no_difference(
    both: Pipeline, shop_books: ShopBooks
) -> None:
    shop_books.place("settled", at=NIGHT - SETTLING - timedelta(seconds=1))
    shop_books.place("new", at=NIGHT - SETTLING)
    both.run(RECONCILE)
    assert [row[0] for row in both.query(FOUND)] == ["settled"]


def test_a_late_event_mends_the_verdict_the_next_night(both: Pipeline, shop_books: ShopBooks) -> None:
    shop_books.place("A1", at=START)
    both.run(RECONCILE)
    assert both.query(FOUND) == [("A1", "2026-03-02", "missing in stream")]
    buy(both, "A1", at=minutes(2000))
    both.run(RECONCILE)
    assert both.query(FOUND) == [("A1", "2026-03-02", "equal")]
    assert both.query("select verdict, orders_count from order_reconciliation_daily") == [("equal", 1)]


def test_an_order_that_the_books_learn_later_moves_to_its_day(both: Pipeline, shop_books: ShopBooks) -> None:
    buy(both, "A1", at=START)
    shop_books.place("A2", at=START)
    both.run(RECONCILE)
    shop_books.place("A1", at=START - timedelta(days=3))
    both.run(RECONCILE)
    days = "select order_date::text, verdict, orders_count from order_reconciliation_daily order by 1"
    assert both.query(days) == [("2026-02-27", "equal", 1), ("2026-03-02", "missing in stream", 1)]


def test_comparing_again_or_after_a_replay_gives_equal_rows(both: Pipeline, shop_books: ShopBooks) -> None:
    shop_books.place("A1", "A2", at=START, refunded_value="1.10")
    buy(both, "A1", "A3")
    buy(both, "A1", name="refund", at=minutes(60), value=1.1)
    both.run(RECONCILE)
    before = both.content()
    both.run(RECONCILE)
    assert both.content() == before
    both.empty_warehouse()
    load_until(both, NIGHT)
    both.run()
    both.run(RECONCILE)
    assert both.content() == before


def test_only_the_dates_asked_for_are_compared(both: Pipeline, shop_books: ShopBooks) -> None:
    shop_books.place("old", at=START - timedelta(days=300))
    shop_books.place("new", at=START)
    both.run(RECONCILE)
    assert [row[0] for row in both.query(FOUND)] == ["new"]
    both.run({**RECONCILE, "from_date": "2025-05-01", "to_date": "2025-05-31"})
    assert [row[0] for row in both.query(FOUND)] == ["new", "old"]


def test_a_shop_without_orders_is_compared_with_nothing(
    both: Pipeline, capsys: pytest.CaptureFixture[str]
) -> None:
    buy(both, "A1")
    assert both.run(RECONCILE)["reason"] == "the shop's database holds no orders"
    assert both.query(FOUND) == []
    assert '"OrdersMissingPercent": 0.0' in capsys.readouterr().out


def test_books_that_lost_their_orders_are_not_taken_for_a_shop_without_any(
    both: Pipeline, shop_books: ShopBooks
) -> None:
    shop_books.place("A1", at=START)
    buy(both, "A1")
    both.run(RECONCILE)
    shop_books.empty()
    both.run(RECONCILE)
    assert both.query(FOUND) == [("A1", "2026-03-02", "missing in shop")]


def test_nothing_is_compared_before_all_is_loaded_once(pipeline: Pipeline, shop_books: ShopBooks) -> None:
    give_login(pipeline, shop_books.stack.libpq_fields("reader", OLTP))
    shop_books.place("A1", at=START)
    assert pipeline.run(RECONCILE)["reason"] == "no run of the ETL has loaded everything yet"


def test_metrics_are_of_the_newest_day(
    both: Pipeline, shop_books: ShopBooks, capsys: pytest.CaptureFixture[str]
) -> None:
    shop_books.place(*(f"lost-{number}" for number in range(7)), at=START)
    shop_books.place("older", at=START - timedelta(days=3))
    both.run(RECONCILE)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    published = json.loads(line)
    assert (published["OrdersMissingInStream"], published["OrdersCompared"]) == (7, 7)
    assert published["OrdersMissingPercent"] == 35


def test_a_shop_that_is_down_ends_the_reconciliation_and_not_the_load(
    both: Pipeline, shop_books: ShopBooks
) -> None:
    give_login(both, {**shop_books.stack.libpq_fields("reader", OLTP), "port": 1})
    with pytest.raises(TransientError, match=r"can't reach the shop's database at 127\.0\.0\.1:1"):
        both.run(RECONCILE)
    buy(both, "A1")
    assert both.query("select order_id from fact_orders") == [("A1",)]


def test_time_that_runs_out_leaves_the_oldest_days_and_says_so(both: Pipeline, shop_books: ShopBooks) -> None:
    shop_books.place("A1", at=START)
    answer = both.run(RECONCILE, seconds_left=60)
    assert (answer["days_count"], answer["days_left_count"]) == (0, 35)


def test_two_reconciliations_at_once_do_not_meet(both: Pipeline, shop_books: ShopBooks) -> None:
    shop_books.place("A1", at=START)
    with psycopg.connect(both.owner_dsn) as other:
        other.execute("select pg_advisory_lock(740031108)")
        with pytest.raises(TransientError, match="another reconciliation is at work"):
            both.run(RECONCILE)
    assert both.run(RECONCILE)["orders"]["missing in stream"] == 1


def test_the_load_is_not_kept_waiting_by_a_reconciliation(both: Pipeline) -> None:
    with psycopg.connect(both.owner_dsn) as other:
        other.execute("select pg_advisory_lock(740031108)")
        other.execute("lock table warehouse.reconciled_orders, mart.order_reconciliation_daily")
        buy(both, "A1")
    assert both.query("select order_id from fact_orders") == [("A1",)]


def test_books_that_may_not_be_read_say_what_to_do(both: Pipeline, shop_books: ShopBooks) -> None:
    with shop_books.connected() as owner:
        owner.execute("revoke select (value) on shop.orders from oltp_reader")
    try:
        shop_books.place("A1", at=START)
        with pytest.raises(TerminalError, match=r"scripts/migrate_database\.py oltp"):
            both.run(RECONCILE)
    finally:
        with shop_books.connected() as owner:
            owner.execute("grant select (value) on shop.orders to oltp_reader")


def test_an_unknown_task_is_refused_by_name(both: Pipeline) -> None:
    with pytest.raises(TerminalError, match="load, reconcile, given 'recocnile'"):
        both.run({"task": "recocnile"})
