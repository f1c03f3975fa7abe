"""What a batch touches is rewritten, and nothing else: the cost of a run follows the batch."""

from datetime import timedelta
from typing import Any

from tests.etl.events import START, event, raw_object, signed_in_object
from tests.warehouse.pipeline import Pipeline

DAY = timedelta(days=1)


def writers(pipeline: Pipeline, table: str) -> dict[str, Any]:
    """Return which transaction wrote each row of a mart."""
    found = f"from mart.{table} as found"  # a table of this module
    rows = pipeline.query(f"select (to_jsonb(found) - 'person_id')::text || xmin::text {found}")
    return dict.fromkeys(row[0] for row in rows)


def test_sign_in_rewrites_the_earlier_days_of_that_person_alone(pipeline: Pipeline) -> None:
    for number, visitor in enumerate(("v1", "v2", "v3")):
        pipeline.put(raw_object([event(visitor, START, visitor)], START, batch=str(number)))
    pipeline.run()
    tables = ("visitors_daily", "traffic_hourly", "traffic_pages_daily", "new_returning_daily")
    before = {table: writers(pipeline, table) for table in tables}
    people = "select person_id, is_known, xmin::text from mart.people_daily where session_date = %s"
    older = {row[0]: row for row in pipeline.query(people, START.date())}
    pipeline.put(signed_in_object("ada", [event("later", START + DAY, "v1")], START + DAY))
    pipeline.run()
    now = {row[0]: row for row in pipeline.query(people, START.date())}
    assert set(now) == {"ada", "v2", "v3"}
    assert now["ada"][1], "the first day's session is the account's now"
    assert [now[visitor] for visitor in ("v2", "v3")] == [older[visitor] for visitor in ("v2", "v3")]
    for table in tables:
        assert before[table].items() <= writers(pipeline, table).items(), f"{table} has no person in it"
    assert pipeline.broken_checks() == []


def test_account_takes_over_a_day_on_which_it_has_rows_already(pipeline: Pipeline) -> None:
    """Two browsers, one account: its rows of the day become one, and none is counted twice."""
    pipeline.put(raw_object([event("a", START, "v1")], START))
    pipeline.put(signed_in_object("ada", [event("b", START, "v2")], START))
    pipeline.run()
    pipeline.put(signed_in_object("ada", [event("c", START + DAY, "v1")], START + DAY))
    pipeline.run()
    assert pipeline.query(
        "select session_date, is_known, person_id, sessions_count from mart.people_daily order by 1"
    ) == [(START.date(), True, "ada", 2), ((START + DAY).date(), True, "ada", 1)]
    assert pipeline.broken_checks() == []


def test_first_sign_in_on_the_only_browser_leaves_the_credits_of_its_past(pipeline: Pipeline) -> None:
    bought = {"transaction_id": "t1", "value": 5, "currency": "EUR"}
    past = [event("a", START, "v1"), event("b", START + DAY, "v1", event_name="purchase", params=bought)]
    pipeline.put(*(raw_object([each], START + number * DAY) for number, each in enumerate(past)))
    pipeline.run()
    before = writers(pipeline, "attribution_daily")
    orders = "select customer_id, is_known, orders_count from mart.customer_orders_daily"
    assert before
    assert pipeline.query(orders) == [("v1", False, 1)]
    pipeline.put(signed_in_object("ada", [event("later", START + 4 * DAY, "v1")], START + 4 * DAY))
    pipeline.run()
    assert writers(pipeline, "attribution_daily") == before
    assert pipeline.query(orders) == [("ada", True, 1)]
    assert pipeline.broken_checks() == []
