"""How often visitors come is counted over the days asked for, each visitor once."""

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
