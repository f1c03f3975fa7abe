"""A visitor belongs to the cohort of the first visit, whenever the warehouse comes to know of it."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from migrate_database import MIGRATIONS

from local_stack.state import StackState
from tests.etl.events import event, raw_object
from tests.warehouse.pipeline import Pipeline
from tests.warehouse.reference_retention import INTERVAL_QUERY, RETENTION_QUERY, intervals, retention

# a Monday, at ten
FIRST = datetime(2026, 3, 2, 10, tzinfo=UTC)
DAY = 24
MATRIX = "select period_number, cohort_size::int, retained_count::int, is_complete from mart.retention"
FORGET = (
    "update fact_sessions set first_at = null, first_channel = null, first_is_bot = null, previous_at = null"
)
MAIL = {"url": "https://shop.example/?utm_source=n&utm_medium=email"}
# visits on whole hours of a hundred days, most of them near the beginning
HOURS = st.integers(0, 24) | st.integers(0, 24 * 15) | st.integers(0, 24 * 100)
VISITS = st.lists(st.tuples(st.sampled_from("abc"), HOURS), min_size=1, max_size=14)


def visit(hours: float, visitor: str = "v1", **fields: object) -> dict[str, Any]:
    return event(f"{visitor} {hours}", FIRST + timedelta(hours=hours), visitor=visitor, **fields)


def load(pipeline: Pipeline, *events: dict[str, Any], received: float = 200 * DAY) -> None:
    pipeline.put(raw_object(events, FIRST + timedelta(hours=received)))
    pipeline.run()
    assert pipeline.broken_checks() == []


def rows(pipeline: Pipeline, kind: str) -> list[tuple[Any, ...]]:
    """Return (cohort, period, visitors) of a kind."""
    query = (
        "select cohort_date::text, period_number, sum(visitors_count)::int from mart.retention_daily"
        " where cohort_kind = %s group by 1, 2 order by 1, 2"
    )
    return pipeline.query(query, kind)


def complete_to(pipeline: Pipeline, moment: datetime) -> None:
    """Let everything until then be loaded, and nothing after it."""
    pipeline.query("update etl.runs set complete_to = %s returning 1", moment)


def test_visitor_counts_once_in_each_period_of_the_calendar(pipeline: Pipeline) -> None:
    # Monday twice, Saturday, Monday after, and the month after
    load(pipeline, *(visit(hours) for hours in (0, 5, 5 * DAY, 7 * DAY, 31 * DAY)))
    assert rows(pipeline, "day") == [("2026-03-02", number, 1) for number in (0, 5, 7, 31)]
    assert rows(pipeline, "week") == [("2026-03-02", number, 1) for number in (0, 1, 4)]
    assert rows(pipeline, "month") == [("2026-03-01", number, 1) for number in (0, 1)]


def test_rolling_periods_begin_with_the_visitors_own_first_visit(pipeline: Pipeline) -> None:
    # Sunday at ten; on Monday at nine it is another day and week of the calendar, but not yet a day later
    sunday = 6 * DAY
    load(pipeline, visit(sunday), visit(sunday + 23), visit(sunday + 25), visit(sunday + 7 * DAY))
    assert rows(pipeline, "week") == [("2026-03-02", 0, 1), ("2026-03-02", 1, 1)]
    assert rows(pipeline, "day") == [("2026-03-08", number, 1) for number in (0, 1, 7)]
    assert rows(pipeline, "rolling_day") == [("2026-03-08", number, 1) for number in (0, 1, 7)]
    assert rows(pipeline, "rolling_week") == [("2026-03-02", 0, 1), ("2026-03-02", 1, 1)]
    on_days = (
        "select visit_date::text, period_number from mart.retention_daily where cohort_kind = %s order by 1"
    )
    assert pipeline.query(on_days, "week") == [("2026-03-08", 0), ("2026-03-09", 1)]
    assert pipeline.query(on_days, "rolling_week") == [("2026-03-08", 0), ("2026-03-15", 1)]


def test_late_first_visit_moves_the_visitor_and_all_that_followed(pipeline: Pipeline) -> None:
    load(pipeline, visit(8 * DAY), visit(9 * DAY), visit(50 * DAY), visit(0, "v2"))
    load(pipeline, visit(0), received=201 * DAY)
    assert rows(pipeline, "day") == [
        ("2026-03-02", 0, 2),
        *(("2026-03-02", number, 1) for number in (8, 9, 50)),
    ]
    assert rows(pipeline, "week") == [("2026-03-02", 0, 2), ("2026-03-02", 1, 1), ("2026-03-02", 7, 1)]


def test_late_visit_between_two_takes_the_place_of_the_next_in_its_period(pipeline: Pipeline) -> None:
    load(pipeline, visit(0), visit(8 * DAY), visit(10 * DAY))
    load(pipeline, visit(7 * DAY), received=201 * DAY)
    of_week = (
        "select visit_date::text from mart.retention_daily where cohort_kind = 'week' and period_number = 1"
    )
    assert pipeline.query(of_week) == [("2026-03-09",)]
    assert pipeline.query(INTERVAL_QUERY.replace("select visit_date", "select visit_date::text")) == [
        ("2026-03-02", None, 1),
        ("2026-03-09", 7, 1),
        ("2026-03-10", 1, 1),
        ("2026-03-12", 2, 1),
    ]


def test_days_are_followed_for_90_days_and_weeks_for_good(pipeline: Pipeline) -> None:
    load(pipeline, visit(0), visit(90 * DAY), visit(91 * DAY))
    assert [row[1] for row in rows(pipeline, "day")] == [0, 90]
    assert [row[1] for row in rows(pipeline, "rolling_day")] == [0, 90]
    assert [row[1] for row in rows(pipeline, "week")] == [0, 12, 13]


def test_cohorts_are_of_the_first_visits_channel_and_bot_flag(pipeline: Pipeline) -> None:
    load(pipeline, visit(0, page=MAIL), visit(DAY), visit(0, "v2"), visit(2 * DAY, "v2", page=MAIL))
    by_channel = (
        "select channel, period_number, sum(visitors_count)::int from mart.retention_daily"
        " where cohort_kind = 'day' group by 1, 2 order by 1, 2"
    )
    assert pipeline.query(by_channel) == [
        ("Direct", 0, 1),
        ("Direct", 2, 1),
        ("Email", 0, 1),
        ("Email", 1, 1),
    ]
    # an earlier event of the first session has the source
    load(pipeline, visit(-0.2, "v2", page=MAIL), received=201 * DAY)
    assert pipeline.query(by_channel) == [("Email", 0, 2), ("Email", 1, 1), ("Email", 2, 1)]


def test_unfinished_periods_are_not_complete_and_empty_ones_are_there(pipeline: Pipeline) -> None:
    load(pipeline, visit(0), visit(6 * DAY, "v2"), visit(15 * DAY), visit(0, "v3"))
    complete_to(pipeline, datetime(2026, 3, 23, tzinfo=UTC))
    weeks = f"{MATRIX}(%s, '2026-03-02', '2026-03-02')"
    assert pipeline.query(weeks, "week") == [(0, 3, 3, True), (1, 3, 0, True), (2, 3, 1, True)]
    # the youngest of the week, of Sunday, may come until Sunday
    assert pipeline.query(weeks, "rolling_week") == [(0, 3, 3, True), (1, 3, 0, True), (2, 3, 1, False)]
    complete_to(pipeline, datetime(2026, 3, 23, 0, 0, 1, tzinfo=UTC))
    assert pipeline.query(weeks, "week")[3:] == [(3, 3, 0, False)]
    ends = "select period_end from mart.retention(%s, '2026-03-01', '2026-03-01') order by 1"
    assert pipeline.query(ends, "month") == [(datetime(2026, 4, 1, tzinfo=UTC),)]
    assert pipeline.query(f"{MATRIX}('week', '2026-03-03', '2026-03-08')") == []


def test_what_is_loaded_shows_before_anything_is_complete(pipeline: Pipeline) -> None:
    load(pipeline, visit(0), visit(8 * DAY))
    assert pipeline.query("select complete_to from mart.freshness") == [(None,)]
    weeks = f"{MATRIX}('week', '2026-03-02', '2026-03-02')"
    assert pipeline.query(weeks) == [(0, 1, 1, False), (1, 1, 1, False)]


def test_days_of_the_function_end_with_the_ninetieth(pipeline: Pipeline) -> None:
    load(pipeline, visit(0))
    complete_to(pipeline, FIRST + timedelta(days=150))
    for kind in ("day", "rolling_day"):
        found = pipeline.query(f"{MATRIX}(%s, '2026-03-02', '2026-03-02')", kind)
        assert [row[0] for row in found] == list(range(91))
        assert all(row[3] for row in found)


def test_cohort_of_a_channel_and_bots_by_wish(pipeline: Pipeline) -> None:
    load(pipeline, visit(0, page=MAIL), visit(1, "v2"))
    bot = raw_object([visit(2, "bot")], FIRST + timedelta(days=200), user_agent="Googlebot/2.1")
    pipeline.put(bot)
    pipeline.run()

    def size(*wishes: object) -> object:
        query = "select cohort_size from mart.retention('day', '2026-03-02', '2026-03-02', %s, %s)"
        return pipeline.query(f"{query} where period_number = 0", *wishes)[0][0]

    assert (size(None, False), size(None, True), size("Email", False)) == (2, 3, 1)


def test_what_an_older_etl_wrote_is_linked_by_the_next_run(pipeline: Pipeline) -> None:
    load(pipeline, visit(0), visit(DAY), visit(2 * DAY), visit(0, "v2"), visit(3 * DAY, "v2"))
    before = pipeline.content()
    pipeline.query(f"{FORGET} where session_date > '2026-03-02' returning 1")
    pipeline.query("delete from mart.retention_daily where visit_date > '2026-03-02' returning 1")
    # somebody else's visit, which comes once more
    for received in (201, 202):
        load(pipeline, visit(0, "other"), received=received * DAY)
    assert [row for row in rows(pipeline, "day") if row[1]] == [
        ("2026-03-02", number, 1) for number in (1, 2, 3)
    ]
    pipeline.query("delete from fact_sessions where visitor_id = 'other' returning 1")
    assert pipeline.content()["warehouse.fact_sessions"] == before["warehouse.fact_sessions"]


def test_what_was_loaded_before_the_migration_is_linked(pipeline: Pipeline) -> None:
    load(pipeline, *(visit(hours) for hours in (0, 5, 30)), visit(1, "v2"))
    before = pipeline.content()["warehouse.fact_sessions"]
    pipeline.query(f"{FORGET} returning 1")
    text = (MIGRATIONS["warehouse"] / "0018_add_visits.sql").read_text()
    fill = next(part for part in text.split(";\n") if "update warehouse.fact_sessions" in part)
    pipeline.query(f"{fill} returning 1")
    assert pipeline.content()["warehouse.fact_sessions"] == before


def test_run_changes_only_what_lies_next_to_what_came(pipeline: Pipeline) -> None:
    """A visitor of years must not be gone through again at each visit: what lies beyond is not repaired."""
    load(pipeline, *(visit(day * DAY) for day in range(5)))
    wrong = datetime(2020, 1, 1, tzinfo=UTC)
    pipeline.query(
        "update fact_sessions set previous_at = %s where previous_at is not null returning 1", wrong
    )
    pipeline.put(raw_object([visit(3.5 * DAY)], FIRST + timedelta(days=201)))
    pipeline.run()
    befores = pipeline.query("select previous_at from fact_sessions order by started_at")
    assert [row[0] == wrong for row in befores] == [False, True, True, True, False, False]


def test_reader_may_ask_for_retention(pipeline: Pipeline, postgres: StackState) -> None:
    load(pipeline, visit(0))
    with psycopg.connect(postgres.dsn("reader")) as reader:
        asked = "select cohort_size from mart.retention('day', '2026-03-02', '2026-03-02') limit 1"
        assert reader.execute(asked).fetchall() == [(1,)]
    with (
        psycopg.connect(postgres.dsn("loader")) as loader,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        loader.execute(asked)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VISITS, st.integers(1, 5), st.randoms(use_true_random=False))
def test_retention_and_intervals_equal_the_reference_in_any_order_and_number_of_runs(
    pipeline: Pipeline, drawn: list[tuple[str, int]], in_a_run: int, random: Random
) -> None:
    pipeline.empty()
    arriving = drawn + random.sample(drawn, k=len(drawn) // 3)
    random.shuffle(arriving)
    for start in range(0, len(arriving), in_a_run):
        part = [visit(hours, visitor) for visitor, hours in arriving[start : start + in_a_run]]
        pipeline.put(raw_object(part, FIRST + timedelta(days=200), batch=str(start)))
        pipeline.run()
    visits: dict[str, list[datetime]] = {}
    for visitor, hours in sorted(set(drawn)):
        visits.setdefault(visitor, []).append(FIRST + timedelta(hours=hours))
    assert pipeline.query(RETENTION_QUERY) == retention(visits)
    assert pipeline.query(INTERVAL_QUERY) == intervals(visits)
    assert pipeline.broken_checks() == []
