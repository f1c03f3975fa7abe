"""Customers by what they bought: after refunds, by account where one is known; equal ones score equally."""

from typing import Any

import psycopg
import pytest

from local_stack.state import StackState
from tests.etl.events import event, minutes, raw_object, signed_in_object
from tests.warehouse.pipeline import Pipeline

DAY_MINUTES = 24 * 60
BOUGHT = (
    "select session_date::text, is_known, customer_id, orders_count::int, net_revenue::text,"
    " other_currency_orders_count::int from mart.customer_orders_daily order by 1, 2, 3"
)


def order(
    number: str, day: float, value: float | None, visitor: str = "v1", **params: object
) -> dict[str, Any]:
    """Return a purchase on the so manieth day from 2 March 2026 on."""
    params = {"transaction_id": number, "value": value, "currency": "EUR"} | params
    return event(number, minutes(day * DAY_MINUTES), visitor=visitor, event_name="purchase", params=params)


def load(pipeline: Pipeline, *events: dict[str, Any], user: str | None = None, day: float = 300) -> None:
    pipeline.put(signed_in_object(user, events, minutes(day * DAY_MINUTES)))
    pipeline.run()
    assert pipeline.broken_checks() == []


def scores(
    pipeline: Pipeline, first: str = "2026-03-02", last: str = "2026-06-30"
) -> dict[str, tuple[int, ...]]:
    """Return {customer: (recency, frequency, monetary score)}."""
    query = "select customer_id, recency_score, frequency_score, monetary_score from mart.rfm(%s, %s)"
    return {row[0]: row[1:] for row in pipeline.query(query, first, last)}


def test_orders_of_a_day_and_customer_are_summed_after_refunds(pipeline: Pipeline) -> None:
    refund = event(
        "r", minutes(5 * DAY_MINUTES), event_name="refund", params={"transaction_id": "t2", "value": 0.1}
    )
    load(
        pipeline,
        *(order("t1", 0, 0.1), order("t2", 0.1, 0.2), order("t3", 1, 20), refund),
        *(order("t4", 0, 7, "v2", currency="USD"), order("t5", 0, None, "v2")),
    )
    assert pipeline.query(BOUGHT) == [
        ("2026-03-02", False, "v1", 2, "0.2", 0),
        ("2026-03-02", False, "v2", 2, "0", 1),
        ("2026-03-03", False, "v1", 1, "20", 0),
    ]


def test_orders_follow_the_person_that_a_later_sign_in_names(pipeline: Pipeline) -> None:
    load(pipeline, order("t1", 0, 10), order("t2", 0, 5, "laptop"))
    assert [row[1:3] for row in pipeline.query(BOUGHT)] == [(False, "laptop"), (False, "v1")]
    load(pipeline, event("in", minutes(DAY_MINUTES)), user="u", day=301)
    load(pipeline, event("in2", minutes(DAY_MINUTES), visitor="laptop"), user="u", day=302)
    assert pipeline.query(BOUGHT) == [("2026-03-02", True, "u", 2, "15", 0)]


def test_a_score_is_one_more_for_every_whole_fifth_that_is_worse(pipeline: Pipeline) -> None:
    # ten customers; the n-th orders last on day n, for n euros; the last two twice
    first = [order(f"a{n}", n, n, f"c{n}") for n in range(10)]
    load(pipeline, *first, order("b8", 0, 1, "c8"), order("b9", 0, 1, "c9"))
    found = scores(pipeline)
    assert [found[f"c{n}"][0] for n in range(10)] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    # eight are worse than the two: four fifths, and no more
    assert [found[f"c{n}"][1] for n in range(10)] == [1] * 8 + [5] * 2
    assert [found[f"c{n}"][2] for n in range(10)] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_equal_customers_have_equal_scores(pipeline: Pipeline) -> None:
    load(pipeline, *(order(f"a{n}", 0, 5, f"c{n}") for n in range(7)))
    assert set(scores(pipeline).values()) == {(1, 1, 1)}
    load(pipeline, order("b", 1, 5, "c0"), day=301)
    found = scores(pipeline)
    assert found.pop("c0") == (5, 5, 5)
    assert set(found.values()) == {(1, 1, 1)}


def test_recency_is_of_the_last_day_asked_for_and_later_orders_do_not_count(pipeline: Pipeline) -> None:
    load(pipeline, order("t1", 0, 10), order("t2", 3, 5), order("t3", 40, 5), order("t4", 40, 5, "v2"))
    facts = (
        "select customer_id, first_order_date::text, last_order_date::text, days_since_last_order,"
        " orders_count::int, net_revenue::text from mart.rfm(%s, %s) order by 1"
    )
    assert pipeline.query(facts, "2026-03-02", "2026-03-31") == [
        ("v1", "2026-03-02", "2026-03-05", 26, 2, "15")
    ]
    assert pipeline.query(facts, "2026-03-03", "2026-04-11") == [
        ("v1", "2026-03-05", "2026-04-11", 0, 2, "10"),
        ("v2", "2026-04-11", "2026-04-11", 0, 1, "5"),
    ]
    assert pipeline.query(facts, "2025-01-01", "2025-12-31") == []


def test_segments_are_those_of_recency_and_frequency(pipeline: Pipeline) -> None:
    # five by five customers: the row says the last day, the column how many orders
    bought = [
        order(f"{r}{f}{n}", r if n == 0 else 0, 1, f"{r}{f}")
        for r in range(1, 6)
        for f in range(1, 6)
        for n in range(f)
    ]
    load(pipeline, *bought)
    found = dict(pipeline.query("select customer_id, segment from mart.rfm('2026-03-02', '2026-03-31')"))
    grid = [[found[f"{r}{f}"] for f in range(1, 6)] for r in range(5, 0, -1)]
    assert grid == [
        ["new customers", *["potential loyalists"] * 2, *["champions"] * 2],
        ["promising", *["potential loyalists"] * 2, *["loyal"] * 2],
        [*["about to sleep"] * 2, "need attention", *["loyal"] * 2],
        [*["hibernating"] * 2, *["at risk"] * 2, "cannot lose them"],
        [*["hibernating"] * 2, *["at risk"] * 2, "cannot lose them"],
    ]


def test_bots_are_scored_by_wish_only(pipeline: Pipeline) -> None:
    pipeline.put(raw_object([order("t1", 0, 1, "bot")], minutes(DAY_MINUTES), user_agent="Googlebot/2.1"))
    load(pipeline, order("t2", 0, 1))
    assert list(scores(pipeline)) == ["v1"]
    query = "select count(*) from mart.rfm('2026-03-02', '2026-03-31', with_bots => true)"
    assert pipeline.query(query) == [(2,)]


def test_reader_may_ask_for_scores(pipeline: Pipeline, postgres: StackState) -> None:
    load(pipeline, order("t1", 0, 10))
    asked = "select segment from mart.rfm('2026-03-02', '2026-03-31')"
    with psycopg.connect(postgres.dsn("reader")) as reader:
        assert reader.execute(asked).fetchall() == [("hibernating",)]
    with (
        psycopg.connect(postgres.dsn("loader")) as loader,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        loader.execute(asked)
