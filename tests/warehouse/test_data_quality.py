"""Late events, wrong clocks, bots and rejects are counted, each once."""

from datetime import timedelta

from tests.etl.events import START, event, minutes, raw_object
from tests.warehouse.pipeline import Pipeline

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
TIMELINESS = (
    "select session_date::text, events_count, hour_late_events_count, day_late_events_count,"
    " corrected_clock_events_count from event_timeliness_daily order by 1"
)


def load(pipeline: Pipeline, *objects: tuple[str, bytes]) -> None:
    pipeline.put(*objects)
    pipeline.run()
    assert pipeline.broken_checks() == []


def test_events_are_late_by_the_time_between_happening_and_receipt(pipeline: Pipeline) -> None:
    load(
        pipeline,
        raw_object([event("at once", START), event("an hour", minutes(-59))], minutes(1)),
        raw_object([event("late", minutes(-1))], minutes(61)),
        raw_object([event("a day", START)], minutes(24 * 60)),
        raw_object([event("very late", START)], minutes(24 * 60 + 1)),
    )
    assert pipeline.query(TIMELINESS) == [("2026-03-02", 5, 3, 1, 0)]


def test_a_wrong_clock_is_counted_and_makes_no_event_late(pipeline: Pipeline) -> None:
    two_days = timedelta(days=2)
    skewed = raw_object([event("slow clock", START - two_days)], minutes(1), sent_at=minutes(1) - two_days)
    load(pipeline, skewed, raw_object([event("right", START)], START))
    assert pipeline.query(TIMELINESS) == [("2026-03-02", 2, 0, 0, 1)]


def test_bots_are_counted_by_name_and_the_rarest_share_a_row(pipeline: Pipeline) -> None:
    named = [
        raw_object([event(f"b{n}", START, visitor=f"b{n}")], START, user_agent=f"curl/8.{n}")
        for n in range(2)
    ]
    load(
        pipeline,
        *named,
        raw_object(
            [event("g", START, visitor="g"), event("h", minutes(1), visitor="g", event_name="scroll")],
            minutes(1),
            user_agent=GOOGLEBOT,
        ),
        raw_object([event("person", START, visitor="p")], START),
    )
    counts = "select bot_name, sessions_count, page_views_count, events_count from bots_daily order by 1"
    assert pipeline.query(counts) == [("Googlebot", 1, 1, 2), ("curl", 2, 2, 2)]


def test_names_that_programs_give_themselves_are_bounded(pipeline: Pipeline) -> None:
    # each is a name of its own by the rules for what calls itself a spider
    with_names = [(f"{n:03}", f"{chr(65 + n % 26)}{chr(97 + n // 26)} spider") for n in range(105)]
    load(
        pipeline,
        *(
            raw_object([event(name, START, visitor=name)], START, user_agent=agent)
            for name, agent in with_names
        ),
    )
    assert pipeline.query("select count(distinct bot_name) from fact_sessions") == [(105,)]
    rows = "select count(*)::int, sum(sessions_count)::int from bots_daily"
    assert pipeline.query(rows) == [(101, 105)]


def test_rejects_are_counted_by_reason_on_the_day_of_receipt(pipeline: Pipeline) -> None:
    broken = [{**event(f"{n}", START), "event_time": "never"} for n in range(2)]
    load(
        pipeline,
        raw_object([*broken, event("good", START)], minutes(0)),
        raw_object([{**event("x", START), "event_name": "not a name"}], minutes(1)),
        ("events/dt=2026-03-03/hr=11/poison.json.gz", b"this is no gzip"),
    )
    counts = "select received_date::text, reason, rejects_count, objects_count from rejects_daily order by 1"
    assert pipeline.query(counts) == [
        ("2026-03-02", "invalid", 3, 2),
        ("2026-03-03", "unreadable", 1, 1),
    ]
