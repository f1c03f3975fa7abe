"""How often visitors come is counted over the days asked for, each visitor once."""

from itertools import combinations_with_replacement

import psycopg

from local_stack.state import StackState
from tests.etl.events import raw_object
from tests.warehouse.pipeline import Pipeline
from tests.warehouse.test_retention import DAY, FIRST, load, visit

ASKED = "select sessions_count, visitors_count::int from mart.visit_frequency(%s, %s)"


def test_every_visitor_of_the_range_is_counted_once_by_the_sessions_in_it(pipeline: Pipeline) -> None:
    load(
        pipeline,
        *(visit(hours) for hours in (0, 3, 30, 5 * DAY)),
        *(visit(hours, "v2") for hours in (0, 6)),
        visit(1, "v3"),
        visit(5 * DAY, "v4"),
    )
    assert pipeline.query(ASKED, "2026-03-02", "2026-03-07") == [(1, 2), (2, 1), (4, 1)]
    assert pipeline.query(ASKED, "2026-03-02", "2026-03-02") == [(1, 1), (2, 2)]
    assert pipeline.query(ASKED, "2026-03-04", "2026-03-06") == []


def test_intervals_count_the_visitors_of_any_range(pipeline: Pipeline) -> None:
    load(
        pipeline,
        *(visit(day * DAY + 5 * number, f"v{number}") for number in range(4) for day in (0, number, 4)),
    )
    counted = (
        "select coalesce(sum(sessions_count), 0)::int from mart.visit_intervals_daily"
        " where visit_date between %(first)s and %(last)s"
        " and (days_since_previous is null or visit_date - days_since_previous < %(first)s)"
    )
    distinct = (
        "select count(distinct visitor_id)::int from mart.visitors_daily where session_date between %(first)s"
        " and %(last)s"
    )
    with psycopg.connect(pipeline.owner_dsn) as connection:
        for first, last in combinations_with_replacement([f"2026-03-0{day}" for day in range(1, 9)], 2):
            days = {"first": first, "last": last}
            assert (
                connection.execute(counted, days).fetchall() == connection.execute(distinct, days).fetchall()
            )


def test_twenty_and_more_are_one_row_and_bots_are_counted_by_wish(pipeline: Pipeline) -> None:
    load(pipeline, *(visit(hours) for hours in range(25)), *(visit(hours, "v2") for hours in range(20)))
    pipeline.put(raw_object([visit(2, "bot")], FIRST, user_agent="Googlebot/2.1"))
    pipeline.run()
    assert pipeline.query(ASKED, "2026-03-02", "2026-03-03") == [(20, 2)]
    assert pipeline.query(ASKED.replace("%s)", "%s, true)"), "2026-03-02", "2026-03-03") == [(1, 1), (20, 2)]


def test_reader_may_ask_how_often(pipeline: Pipeline, postgres: StackState) -> None:
    load(pipeline, visit(0))
    with psycopg.connect(postgres.dsn("reader")) as reader:
        assert reader.execute(ASKED, ["2026-03-02", "2026-03-02"]).fetchall() == [(1, 1)]
