"""A visitor is new once: at the first session that the warehouse knows, whenever it came to know it."""

from itertools import permutations
from typing import Any

import pytest

from tests.etl.events import event, minutes, raw_object
from tests.warehouse.pipeline import Pipeline

DAY_MINUTES = 24 * 60
SESSIONS = "select session_date::text, is_new, sum(sessions_count)::int from new_returning_daily"
BY_DAY = f"{SESSIONS} group by 1, 2 order by 1, 2 desc"


def visit(day: int, visitor: str = "v1", minute: int = 0, **fields: object) -> dict[str, Any]:
    at = minutes(day * DAY_MINUTES + minute)
    return event(f"{visitor} {day} {minute}", at, visitor=visitor, **fields)


def load(pipeline: Pipeline, *events: dict[str, Any], received: int = 3 * DAY_MINUTES) -> None:
    pipeline.put(raw_object(events, minutes(received)))
    pipeline.run()
    assert pipeline.broken_checks() == []


def test_first_session_is_new_and_all_others_are_returning(pipeline: Pipeline) -> None:
    load(pipeline, visit(0), visit(0, minute=60), visit(1), visit(1, "v2"), visit(2, "v2"))
    assert pipeline.query(BY_DAY) == [
        ("2026-03-02", True, 1),
        ("2026-03-02", False, 1),
        ("2026-03-03", True, 1),
        ("2026-03-03", False, 1),
        ("2026-03-04", False, 1),
    ]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_visitor_is_new_once_in_any_order_of_arrival(pipeline: Pipeline, order: tuple[int, ...]) -> None:
    for day in order:
        load(pipeline, visit(day), received=3 * DAY_MINUTES + day)
    assert pipeline.query(BY_DAY) == [
        ("2026-03-02", True, 1),
        ("2026-03-03", False, 1),
        ("2026-03-04", False, 1),
    ]


def test_event_that_goes_to_an_earlier_copy_makes_the_next_session_the_first(pipeline: Pipeline) -> None:
    first = visit(0)
    load(pipeline, first, visit(1))
    # the same event came earlier, from another browser: that copy wins
    load(pipeline, {**first, "anonymous_id": "v2"}, received=2 * DAY_MINUTES)
    assert pipeline.query("select visitor_id, session_date::text from fact_sessions order by 2") == [
        ("v2", "2026-03-02"),
        ("v1", "2026-03-03"),
    ]
    assert pipeline.query(BY_DAY) == [("2026-03-02", True, 1), ("2026-03-03", True, 1)]


def test_orders_and_revenue_are_split_by_it(pipeline: Pipeline) -> None:
    def order(day: int, value: float) -> dict[str, Any]:
        params = {"transaction_id": f"t{day}", "value": value, "currency": "EUR"}
        return visit(day, event_name="purchase", params=params)

    load(pipeline, order(0, 0.1), order(1, 20), order(2, 0.2))
    sums = "select is_new, sum(purchases_count)::int, sum(revenue)::text from new_returning_daily"
    assert pipeline.query(f"{sums} group by 1 order by 1") == [(False, 2, "20.2"), (True, 1, "0.1")]
