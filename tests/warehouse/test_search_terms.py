"""What is searched for is counted once, whichever event tells it, with what the session did after it."""

from typing import Any

from tests.etl.events import event, minutes, raw_object
from tests.warehouse.pipeline import Pipeline

COUNTS = (
    "select search_term, sum(searches_count)::int, sum(results_views_count)::int,"
    " sum(empty_results_views_count)::int, sum(sessions_count)::int, sum(view_sessions_count)::int,"
    " sum(purchase_sessions_count)::int from search_terms_daily group by 1 order by 1"
)
VASE = [{"item_id": "vase"}]


def step(
    name: str, at: float, term: str | None = None, visitor: str = "v1", **fields: object
) -> dict[str, Any]:
    params = {"search_term": term} if term is not None else {"transaction_id": "t1"}
    return event(
        f"{name} {at} {visitor}", minutes(at), visitor=visitor, event_name=name, params=params, **fields
    )


def load(pipeline: Pipeline, *events: dict[str, Any], at: float = 600) -> None:
    for start in range(0, len(events), 500):
        pipeline.put(raw_object(events[start : start + 500], minutes(at)))
    pipeline.run()
    assert pipeline.broken_checks() == []


def test_one_search_that_two_events_tell_is_one(pipeline: Pipeline) -> None:
    load(
        pipeline,
        step("search", 0, "vase"),
        step("view_search_results", 1, "vase", items=VASE),
        step("search", 2, "mug"),
        step("view_search_results", 3, "bowl"),
        step("search", 0, "vase", visitor="v2"),
    )
    assert pipeline.query(COUNTS) == [
        ("bowl", 1, 1, 1, 1, 0, 0),
        ("mug", 1, 0, 0, 1, 0, 0),
        ("vase", 2, 1, 0, 2, 0, 0),
    ]


def test_the_same_words_are_one_term(pipeline: Pipeline) -> None:
    typed = ["Blue  Vase", " blue vase ", "BLUE\tVASE", "blue vase", "", " ", None]
    load(pipeline, *(step("search", at, term) for at, term in enumerate(typed)))
    assert pipeline.query(COUNTS) == [("(not set)", 3, 0, 0, 1, 0, 0), ("blue vase", 4, 0, 0, 1, 0, 0)]


def test_a_long_term_stands_in_no_runs_way(pipeline: Pipeline) -> None:
    load(pipeline, step("search", 0, "\U0001f3fa" * 1000), step("search", 1, "\U0001f3fa" * 100))
    assert pipeline.query(COUNTS) == [("\U0001f3fa" * 100, 2, 0, 0, 1, 0, 0)]


def test_only_what_comes_after_the_search_came_of_it(pipeline: Pipeline) -> None:
    load(
        pipeline,
        step("view_item", 0),
        step("search", 1, "mug"),
        step("view_item", 2),
        step("search", 3, "vase"),
        step("purchase", 4),
        # too late: a session of its own, and its receipt page once more
        step("view_item", 90),
        step("search", 91, "bowl"),
        step("purchase", 92),
    )
    assert pipeline.query(COUNTS) == [
        ("bowl", 1, 0, 0, 1, 0, 0),
        ("mug", 1, 0, 0, 1, 1, 1),
        ("vase", 1, 0, 0, 1, 0, 1),
    ]


def test_events_of_equal_time_keep_the_clients_order(pipeline: Pipeline) -> None:
    load(
        pipeline,
        step("view_item", 0, event_sequence=1),
        step("search", 0, "vase", event_sequence=2),
        step("view_item", 0, visitor="v2", event_sequence=2),
        step("search", 0, "mug", visitor="v2", event_sequence=1),
    )
    assert pipeline.query(COUNTS) == [("mug", 1, 0, 0, 1, 1, 0), ("vase", 1, 0, 0, 1, 0, 0)]


def test_late_event_changes_what_came_of_a_search(pipeline: Pipeline) -> None:
    load(pipeline, step("search", 0, "vase"))
    load(pipeline, step("view_item", 1), at=700)
    assert pipeline.query(COUNTS) == [("vase", 1, 0, 0, 1, 1, 0)]


def test_rarest_terms_of_a_day_share_a_row(pipeline: Pipeline) -> None:
    once = [step("search", n / 100, f"made up {n:03}", visitor="v2") for n in range(510)]
    load(pipeline, step("search", 0, "vase"), step("search", 0, "vase", visitor="v2"), *once)
    kept = "select count(distinct search_term)::int, sum(searches_count)::int from search_terms_daily"
    assert pipeline.query(kept) == [(501, 512)]
    rows = [row for row in pipeline.query(COUNTS) if row[0] in ("(other)", "vase")]
    assert rows == [("(other)", 11, 0, 0, 1, 0, 0), ("vase", 2, 0, 0, 2, 0, 0)]
