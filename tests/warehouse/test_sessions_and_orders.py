"""Sessions, orders and the funnel follow late and repeated events."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.etl.events import START, event, minutes, raw_object
from tests.warehouse.pipeline import Pipeline


def test_late_event_merges_two_sessions(pipeline: Pipeline) -> None:
    pipeline.put(raw_object([event("a", minutes(0)), event("c", minutes(50))], minutes(50)))
    pipeline.run()
    assert len(pipeline.sessions()) == 2
    pipeline.put(raw_object([event("b", minutes(25))], minutes(55)))
    pipeline.run()
    assert pipeline.sessions() == [(minutes(0), minutes(50), 3)]
    assert pipeline.query("select count(distinct session_id) from fact_events") == [(1,)]


def test_late_event_before_a_session_renames_it(pipeline: Pipeline) -> None:
    pipeline.put(raw_object([event("b", minutes(10))], minutes(10)))
    pipeline.run()
    pipeline.put(raw_object([event("a", minutes(0))], minutes(20)))
    pipeline.run()
    named = pipeline.query("select distinct session_id::text from fact_events")
    assert named == [(event("a", START)["event_id"],)]


def test_late_event_moves_a_session_to_the_day_before(pipeline: Pipeline) -> None:
    midnight = datetime(2026, 3, 3, tzinfo=UTC)
    pipeline.put(raw_object([event("b", midnight + timedelta(minutes=5))], midnight + timedelta(minutes=5)))
    pipeline.run()
    pipeline.put(raw_object([event("a", midnight - timedelta(minutes=5))], midnight + timedelta(minutes=9)))
    pipeline.run()
    days = "select session_date::text, sum(sessions_count), sum(events_count) from traffic_hourly group by 1"
    assert pipeline.query(days) == [("2026-03-02", 1, 2)]


def purchase(name: str, at: datetime, transaction_id: str | None, value: float = 10) -> dict[str, Any]:
    params = {"value": value, "currency": "EUR"} | (
        {"transaction_id": transaction_id} if transaction_id else {}
    )
    return event(name, at, event_name="purchase", params=params)


def test_receipt_page_loaded_again_is_one_order(pipeline: Pipeline) -> None:
    pipeline.put(raw_object([purchase("a", minutes(0), "t1"), purchase("b", minutes(90), "t1")], minutes(91)))
    pipeline.run()
    orders = "select order_id, value, purchase_events_count from fact_orders"
    assert pipeline.query(orders) == [("t1", 10, 2)]
    assert pipeline.query("select sum(purchases_count), sum(revenue) from traffic_hourly") == [(1, 10)]


def test_late_first_purchase_becomes_the_order(pipeline: Pipeline) -> None:
    pipeline.put(raw_object([purchase("b", minutes(90), "t1", 12)], minutes(91)))
    pipeline.run()
    pipeline.put(raw_object([purchase("a", minutes(0), "t1", 10)], minutes(95)))
    pipeline.run()
    hours = "select session_hour, purchases_count, revenue from traffic_hourly order by 1"
    assert pipeline.query(hours) == [(minutes(0), 1, 10), (minutes(60), 0, 0)]


def test_purchase_without_an_order_number_is_an_order_of_its_own(pipeline: Pipeline) -> None:
    pipeline.put(raw_object([purchase("a", minutes(0), None), purchase("b", minutes(1), None)], minutes(2)))
    pipeline.run()
    assert pipeline.query("select count(*) from fact_orders") == [(2,)]


def test_funnel_counts_sessions_whose_steps_come_in_order(pipeline: Pipeline) -> None:
    def visit(visitor: str, *names: str) -> tuple[str, bytes]:
        found = [
            event(f"{visitor}{i}", minutes(i), visitor=visitor, event_name=name)
            for i, name in enumerate(names)
        ]
        return raw_object(found, minutes(9))

    pipeline.put(
        visit("all", "view_item", "search", "add_to_cart", "view_cart", "add_shipping_info",
              "add_payment_info", "purchase"),
        visit("backwards", "add_to_cart", "view_item"),
        visit("again", "add_to_cart", "view_item", "add_to_cart"),
        visit("jumps", "view_item", "purchase"),
        visit("none", "search"),
    )  # fmt: skip
    pipeline.run()
    steps = "select step_number, sum(sessions_count) from sales_funnel_daily group by 1 order by 1"
    assert pipeline.query(steps) == [(1, 4), (2, 2), (3, 1), (4, 1), (5, 1), (6, 1)]
