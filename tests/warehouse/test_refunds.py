"""What was given back of an order is what its refund events say, in any order of arrival, once an event."""

from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from tests.etl.events import event, minutes, raw_object
from tests.warehouse.pipeline import Pipeline

ORDERS = (
    "select order_id, value, refunded_value, refund_events_count, unvalued_refunds_count from fact_orders"
)
ITEMS = [{"item_id": "a", "price": 10.1, "quantity": 2}, {"item_name": "B", "price": 4.2}]


def purchase(name: str, at: float, transaction_id: str = "t1", **params: object) -> dict[str, Any]:
    params = {"value": 24.4, "currency": "EUR", "transaction_id": transaction_id, **params}
    return event(name, minutes(at), event_name="purchase", params=params, items=ITEMS)


def refund(
    name: str, at: float, items: list[dict[str, Any]] | None = None, **params: object
) -> dict[str, Any]:
    params = {"transaction_id": "t1", **params}
    return event(name, minutes(at), event_name="refund", params=params, items=items or [])


def load(pipeline: Pipeline, *events: dict[str, Any], at: float = 600) -> None:
    pipeline.put(raw_object(events, minutes(at)))
    pipeline.run()


def test_refund_without_value_and_items_gives_all_back(pipeline: Pipeline) -> None:
    load(pipeline, purchase("p", 0), refund("r", 5))
    assert pipeline.query(ORDERS) == [("t1", Decimal("24.4"), Decimal("24.4"), 1, 0)]
    sums = "select revenue, refunded_value, net_revenue, refunded_orders_count from orders_daily"
    assert pipeline.query(sums) == [(Decimal("24.4"), Decimal("24.4"), 0, 1)]


@pytest.mark.parametrize(
    ("items", "params", "given_back", "unvalued"),
    [
        ([], {"value": 3.3, "currency": "EUR"}, "3.3", 0),
        ([], {"value": -3.3}, "3.3", 0),
        ([], {"value": 0}, "0", 0),
        ([{"item_id": "a", "quantity": 1}], {"value": 5}, "5", 0),
        ([{"item_id": "a", "quantity": 1}], {}, "10.1", 0),
        ([{"item_id": "a", "price": 9.9, "quantity": 2}], {}, "19.8", 0),
        ([{"item_name": "B"}], {}, "4.2", 0),
        ([{"item_id": "stranger"}], {}, "0", 1),
        ([{"item_id": "a"}, {"item_id": "stranger"}], {}, "0", 1),
        ([], {"value": 3.3, "currency": "USD"}, "0", 1),
        ([], {"value": 30, "currency": "EUR"}, "24.4", 0),
    ],
)
def test_part_of_an_order_is_given_back_by_value_or_by_items(
    pipeline: Pipeline, items: list[dict[str, Any]], params: dict[str, Any], given_back: str, unvalued: int
) -> None:
    load(pipeline, purchase("p", 0), refund("r", 5, items, **params))
    assert pipeline.query(ORDERS) == [("t1", Decimal("24.4"), Decimal(given_back), 1, unvalued)]


def test_parts_add_up_exactly_and_never_beyond_the_order(pipeline: Pipeline) -> None:
    load(pipeline, purchase("p", 0), refund("r1", 5, value=0.1), refund("r2", 6, value=0.2))
    assert pipeline.query(ORDERS) == [("t1", Decimal("24.4"), Decimal("0.3"), 2, 0)]
    load(pipeline, refund("r3", 7), at=601)
    assert pipeline.query(ORDERS) == [("t1", Decimal("24.4"), Decimal("24.4"), 3, 0)]


def test_whole_refund_of_an_order_without_value_is_only_counted(pipeline: Pipeline) -> None:
    load(pipeline, purchase("p", 0, value=None), refund("r", 5))
    assert pipeline.query(ORDERS) == [("t1", None, 0, 1, 1)]


def test_refund_sent_twice_counts_once(pipeline: Pipeline) -> None:
    load(pipeline, purchase("p", 0), refund("r", 5, value=3))
    load(pipeline, refund("r", 5, value=3), at=700)
    assert pipeline.query(ORDERS) == [("t1", Decimal("24.4"), 3, 1, 0)]


def test_refund_before_its_purchase_is_counted_as_unknown_until_that_comes(pipeline: Pipeline) -> None:
    days = "select session_date::text, orders_count, refund_events_count, unknown_refunds_count, net_revenue"
    load(pipeline, refund("r", 3000, value=4.4), at=3001)
    assert pipeline.query(ORDERS) == []
    assert pipeline.query(f"{days} from orders_daily") == [("2026-03-04", 0, 0, 1, 0)]
    load(pipeline, purchase("p", 0), at=3002)
    assert pipeline.query(ORDERS) == [("t1", Decimal("24.4"), Decimal("4.4"), 1, 0)]
    assert pipeline.query(f"{days} from orders_daily") == [("2026-03-02", 1, 1, 0, 20)]
    assert pipeline.broken_checks() == []


def test_late_first_purchase_keeps_the_refunds_and_takes_them_to_its_day(pipeline: Pipeline) -> None:
    load(pipeline, purchase("late", 1500), refund("r", 1600), at=1700)
    load(pipeline, purchase("first", 0, value=20), at=1800)
    assert pipeline.query(ORDERS) == [("t1", 20, 20, 1, 0)]
    assert pipeline.query("select session_date::text, refunded_value from orders_daily") == [
        ("2026-03-02", 20)
    ]


def test_refund_without_an_order_number_is_kept_and_counted(pipeline: Pipeline) -> None:
    load(pipeline, purchase("p", 0, transaction_id="t2"), refund("r", 5, transaction_id=None, value=2))
    assert pipeline.query("select count(*) from fact_events where event_name = 'refund'") == [(1,)]
    unknown = "select currency, unknown_refunds_count from orders_daily order by 1"
    assert pipeline.query(unknown) == [("(not set)", 1), ("EUR", 0)]


@dataclass
class PlainOrder:
    """An order as the plain reference below sees it."""

    value: Decimal
    refunds: list[Decimal] = field(default_factory=list)


def plain_orders(events: list[dict[str, Any]]) -> list[tuple[str, Decimal, Decimal, int]]:
    """Walk through the distinct events one by one: order, value, given back, refund events."""
    orders: dict[str, PlainOrder] = {}
    distinct = {found["event_id"]: found for found in events}.values()
    for found in sorted(distinct, key=lambda one: (one["event_time"], one["event_id"])):
        if found["event_name"] == "purchase":
            value = Decimal(str(found["params"]["value"]))
            orders.setdefault(found["params"]["transaction_id"], PlainOrder(value))
    for found in distinct:
        order = orders.get(found["params"]["transaction_id"])
        if found["event_name"] == "refund" and order:
            order.refunds.append(Decimal(str(found["params"].get("value", order.value))))
    return sorted(
        (name, order.value, min(order.value, sum(order.refunds, Decimal(0))), len(order.refunds))
        for name, order in orders.items()
    )


@pytest.mark.parametrize("seed", range(4))
def test_any_order_and_number_of_runs_gives_what_a_plain_reading_gives(pipeline: Pipeline, seed: int) -> None:
    chance = Random(seed)
    events = []
    for number in range(40):
        transaction_id, cents = f"t{chance.randrange(8)}", chance.randrange(1, 2000)
        params: dict[str, Any] = {"transaction_id": transaction_id, "currency": "EUR", "value": cents / 100}
        name = chance.choice(["purchase", "refund", "refund"])
        if name == "refund" and chance.random() < 0.2:
            del params["value"]
        made = event(f"e{number}", minutes(chance.randrange(4000)), event_name=name, params=params)
        events += [made] * chance.choice([1, 1, 1, 2])
    objects = [
        raw_object([made], minutes(4001 + place), batch=str(place)) for place, made in enumerate(events)
    ]
    pipeline.put(*objects)
    pipeline.run()
    read = "select order_id, value, refunded_value, refund_events_count from fact_orders order by 1"
    assert pipeline.query(read) == plain_orders(events)
    assert pipeline.broken_checks() == []
    at_once = pipeline.content()
    pipeline.empty()
    chance.shuffle(objects)
    for start in range(0, len(objects), 9):
        pipeline.put(*objects[start : start + 9])
        pipeline.run()
    assert pipeline.content() == at_once
