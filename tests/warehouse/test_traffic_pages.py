"""Every session enters and leaves once, by the pages that its first and last events name."""

from typing import Any

from tests.etl.events import event, minutes, raw_object
from tests.warehouse.pipeline import Pipeline

COUNTS = (
    "select page_path, sum(page_views_count)::int, sum(sessions_count)::int, sum(entrances_count)::int,"
    " sum(bounces_count)::int, sum(exits_count)::int from traffic_pages_daily group by 1 order by 1"
)


def on_page(
    path: str | None, at: float, name: str = "page_view", visitor: str = "v1", **fields: object
) -> dict[str, Any]:
    page = {"page": {"url": f"https://shop.example{path}?x={at}#y"}} if path else {}
    return event(
        f"{name} {path} {at} {visitor}", minutes(at), visitor=visitor, event_name=name, **page, **fields
    )


def load(pipeline: Pipeline, *events: dict[str, Any], at: float = 600) -> None:
    for start in range(0, len(events), 400):
        pipeline.put(raw_object(events[start : start + 400], minutes(at)))
    pipeline.run()
    assert pipeline.broken_checks() == []


def test_pages_are_counted_by_view_by_session_and_at_both_ends(pipeline: Pipeline) -> None:
    load(
        pipeline,
        on_page("/", 0),
        on_page("/vases", 1),
        on_page("/", 2),
        on_page("/cart", 3),
        on_page("/vases", 0, visitor="bounced"),
        # after a pause: a session of its own
        on_page("/vases", 60),
    )
    assert pipeline.query(COUNTS) == [
        ("/", 2, 1, 1, 0, 0),
        ("/cart", 1, 1, 0, 0, 1),
        ("/vases", 3, 3, 2, 2, 2),
    ]


def test_other_events_are_no_views_but_may_be_the_ends(pipeline: Pipeline) -> None:
    load(
        pipeline,
        on_page("/vases", 0, "view_item"),
        on_page(None, 1, "login"),
        on_page("/", 2),
        on_page("/about", 3, "scroll"),
        on_page("/cart", 4, "click"),
        on_page(None, 5, "login"),
    )
    assert pipeline.query(COUNTS) == [
        ("/", 1, 1, 0, 0, 0),
        ("/cart", 0, 0, 0, 0, 1),
        ("/vases", 0, 0, 1, 0, 0),
    ]


def test_session_without_a_page_enters_and_leaves_where_nothing_is_set(pipeline: Pipeline) -> None:
    load(pipeline, on_page(None, 0, "login"), on_page(None, 0, "page_view", visitor="v2"))
    assert pipeline.query(COUNTS) == [("(not set)", 1, 1, 2, 2, 2)]


def test_page_view_without_a_page_is_counted_beside_the_pages(pipeline: Pipeline) -> None:
    load(pipeline, on_page("/", 0), on_page(None, 1))
    assert pipeline.query(COUNTS) == [("(not set)", 1, 1, 0, 0, 0), ("/", 1, 1, 1, 0, 1)]


def test_events_of_equal_time_keep_the_clients_order(pipeline: Pipeline) -> None:
    load(pipeline, *(on_page(path, 0, event_sequence=place) for place, path in enumerate(["/c", "/a", "/b"])))
    assert pipeline.query(COUNTS) == [("/a", 1, 1, 0, 0, 0), ("/b", 1, 1, 0, 0, 1), ("/c", 1, 1, 1, 0, 0)]


def test_late_event_moves_entrance_and_exit(pipeline: Pipeline) -> None:
    load(pipeline, on_page("/cart", 10))
    assert pipeline.query(COUNTS) == [("/cart", 1, 1, 1, 1, 1)]
    load(pipeline, on_page("/", 0), on_page("/thanks", 20), at=700)
    assert pipeline.query(COUNTS) == [
        ("/", 1, 1, 1, 0, 0),
        ("/cart", 1, 1, 0, 0, 0),
        ("/thanks", 1, 1, 0, 0, 1),
    ]


def test_a_long_path_stands_in_no_runs_way(pipeline: Pipeline) -> None:
    # of its letters none is like the one before, or an index would take it, compressed
    path = "/" + "".join(chr(0x10000 + n * 7919 % 60000) for n in range(1, 1990))
    load(pipeline, on_page(path, 0))
    assert pipeline.query(COUNTS) == [(path[:500], 1, 1, 1, 1, 1)]
    assert pipeline.account() == (1, 1, 0, 0)


def test_rarest_paths_of_a_day_share_a_row(pipeline: Pipeline) -> None:
    made_up = [on_page(f"/made-up/{n:03}", n / 100, visitor="v2") for n in range(510)]
    load(pipeline, *made_up, on_page("/", 0, visitor="v3"), on_page("/", 0, visitor="v4"))
    kept = "select count(distinct page_path)::int, sum(page_views_count)::int from traffic_pages_daily"
    assert pipeline.query(kept) == [(501, 512)]
    rows = [row for row in pipeline.query(COUNTS) if row[0] in ("(other)", "/")]
    assert rows == [("(other)", 11, 1, 0, 0, 1), ("/", 2, 2, 2, 2, 2)]
