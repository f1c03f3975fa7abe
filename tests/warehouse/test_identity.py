"""Sessions and the people they belong to equal a plain reference, in any order and number of runs.

The rules in words are in docs/identity.md.
"""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from etl.plan import RawObject
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from migrate_database import MIGRATIONS

from tests.etl.events import event, minutes, signed_in_object
from tests.warehouse.pipeline import Pipeline
from tests.warehouse.reference import SESSION_QUERY, Line, sessions

# Nights in which clocks change in Berlin (23 and 25 hours), a year's end, and a leap day.
NIGHTS = [
    datetime(2026, 3, 28, 22, tzinfo=UTC),
    datetime(2026, 10, 24, 22, tzinfo=UTC),
    datetime(2025, 12, 31, 22, tzinfo=UTC),
    datetime(2024, 2, 28, 22, tzinfo=UTC),
]
# an event: browser, minutes after the night's beginning, kind, the client's counter
EVENTS = st.tuples(
    st.sampled_from("ab"),
    st.integers(-300, 600) | st.integers(110, 140),
    st.sampled_from(["page_view", "scroll", "purchase"]),
    st.none() | st.integers(0, 3),
)
# a batch: who is signed in, minutes until it is received, how wrong the client's clock is, its events
BATCHES = st.tuples(
    st.sampled_from([None, None, None, "u", "u", "v", "w"]),
    st.sampled_from([0, 3, 45, 150, 1500]),
    st.sampled_from([0, 0, 0, 0.5, -90, 1440]),
    st.lists(EVENTS, min_size=1, max_size=4),
)
STORMS = st.lists(BATCHES, min_size=1, max_size=9)


def objects_of(
    night: datetime, batches: list[tuple[str | None, float, float, list[tuple[str, int, str, int | None]]]]
) -> list[tuple[tuple[str, bytes], list[Line]]]:
    """Return each batch as a raw object, and as the lines that the reference reads."""
    found = []
    for number, (user, delay, skew, drawn) in enumerate(batches):
        # the same browser, moment and counter is the same event, in whatever batch and with whatever delay
        received_at = night + timedelta(minutes=max(event[1] for event in drawn) + delay)
        sent_at = received_at + timedelta(minutes=skew)
        made = []
        for visitor, minute, kind, sequence in drawn:
            at, name = night + timedelta(minutes=minute), f"{visitor}/{minute}/{kind}/{sequence}"
            fields = {} if sequence is None else {"event_sequence": sequence}
            made.append((event(name, at, visitor=visitor, event_name=kind, **fields), at, sequence))
        stored = signed_in_object(user, [one for one, _, _ in made], received_at, sent_at, str(number))
        object_id = RawObject(stored[0], 0).object_id
        lines = [
            Line(
                *(one["event_id"], one["anonymous_id"], one["event_name"], at, sequence),
                *(received_at, sent_at, user, object_id, place),
            )
            for place, (one, at, sequence) in enumerate(made, start=1)
        ]
        found.append((stored, lines))
    return found


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STORMS, st.sampled_from(NIGHTS), st.integers(1, 4), st.randoms(use_true_random=False))
def test_sessions_and_people_equal_the_reference_in_any_order_and_number_of_runs(
    pipeline: Pipeline, storm: list[object], night: datetime, in_a_run: int, random: Random
) -> None:
    pipeline.empty()
    found = objects_of(night, storm)  # type: ignore[arg-type]  # as BATCHES draws them
    again = random.sample(found, k=len(found) // 3)  # an object that comes once more is itself
    arriving = found + again
    random.shuffle(arriving)
    for start in range(0, len(arriving), in_a_run):
        pipeline.put(*(stored for stored, _ in arriving[start : start + in_a_run]))
        pipeline.run()
    expected = sessions([line for _, lines in found for line in lines])
    assert pipeline.query(SESSION_QUERY) == [session.row() for session in expected]
    of_events = {line.event_id: session.events[0].event_id for session in expected for line in session.events}
    assert dict(pipeline.query("select event_id::text, session_id::text from fact_events")) == of_events
    assert pipeline.broken_checks() == []


def test_what_was_loaded_before_the_migration_belongs_to_the_same_people(pipeline: Pipeline) -> None:
    visit(pipeline, (0, None), (1, "u"), (2, None), (3, "u"), (4, None), (5, "v"), (6, None))
    visit(pipeline, (0, "u"), (0.1, "v"), (2, None), visitor="shared")
    visit(pipeline, (0, None), visitor="nobody's")
    before = pipeline.content()
    pipeline.query(
        "update fact_sessions set users_count = 0, last_user_id = null, person_id = null returning 1"
    )
    text = (MIGRATIONS["warehouse"] / "0012_add_people.sql").read_text()
    for statement in text.split(";\n"):
        if "update warehouse.fact_sessions" in statement:
            pipeline.query(f"{statement} returning 1")
    assert pipeline.content() == before


def visit(pipeline: Pipeline, *visits: tuple[float, str | None], visitor: str = "b") -> None:
    """Put one event per (hour, who is signed in), and run."""
    for hour, user in visits:
        made = event(f"{visitor}{hour}{user}", minutes(hour * 60), visitor=visitor)
        received_at, name = minutes(hour * 60 + 1), f"{visitor}{hour}{user}"
        pipeline.put(signed_in_object(user, [made], received_at, batch=name))
    pipeline.run()


def people(pipeline: Pipeline) -> list[str | None]:
    """Return whose the sessions are, in order of time."""
    return [row[0] for row in pipeline.query("select person_id from fact_sessions order by started_at")]


@pytest.mark.parametrize(
    ("users", "expected"),
    [
        ([None, None], [None, None]),
        ([None, "u", None], ["u", "u", "u"]),
        (["u", None, "u"], ["u", "u", "u"]),
        (["u", None, "v"], ["u", None, "v"]),
        ([None, "u", None, "v", None], ["u", "u", None, "v", "v"]),
    ],
    ids=["nobody signs in", "one account", "the same before and after", "two accounts", "never across"],
)
def test_anonymous_session_belongs_to_the_only_account_that_is_next_to_it(
    pipeline: Pipeline, users: list[str | None], expected: list[str | None]
) -> None:
    visit(pipeline, *enumerate(users))
    assert people(pipeline) == expected


def test_second_account_that_comes_late_takes_back_what_was_between(pipeline: Pipeline) -> None:
    visit(pipeline, (0, "u"), (1, None), (2, None))
    assert people(pipeline) == ["u", "u", "u"]
    visit(pipeline, (3, "v"))
    assert people(pipeline) == ["u", None, None, "v"]
    known = "select count(distinct person_id) from mart.people_daily where is_known"
    assert pipeline.query(known) == [(2,)]
    days = (
        "select is_known, person_id, sum(sessions_count) from mart.people_daily group by 1, 2 order by 1, 2"
    )
    assert pipeline.query(days) == [(False, "b", 2), (True, "u", 1), (True, "v", 1)]


def test_session_in_which_two_accounts_sign_in_is_nobodys_and_parts_them(pipeline: Pipeline) -> None:
    visit(pipeline, (-1, None), (0, "u"), (0.2, "v"), (2, None))
    assert people(pipeline) == ["u", None, "v"]
    assert pipeline.query("select users_count from fact_sessions order by started_at")[1] == (2,)


def test_signing_in_changes_no_session_and_no_count_of_visitors(pipeline: Pipeline) -> None:
    visit(pipeline, (0, None), (0.1, None))
    before = pipeline.sessions()
    visit(pipeline, (0.05, "u"))
    assert pipeline.sessions() == [(*before[0][:2], 3)]
    assert pipeline.query("select count(distinct visitor_id) from mart.visitors_daily") == [(1,)]


def test_two_browsers_of_one_account_are_one_person_and_two_visitors(pipeline: Pipeline) -> None:
    visit(pipeline, (0, None), (1, "u"), visitor="phone")
    visit(pipeline, (0.5, "u"), visitor="laptop")
    assert pipeline.query("select distinct is_known, person_id from mart.people_daily") == [(True, "u")]
    assert pipeline.query("select count(distinct visitor_id) from mart.visitors_daily") == [(2,)]


def test_a_run_looks_no_further_than_the_sign_ins_around_what_changed(pipeline: Pipeline) -> None:
    """A person of years must not be gone through again at each visit: what lies beyond is not repaired."""
    visit(pipeline, (0, None), (1, "u"), (2, None), (3, "u"))
    pipeline.query("update fact_sessions set person_id = 'x' where users_count = 0 returning 1")
    visit(pipeline, (4, "u"))
    assert people(pipeline) == ["x", "u", "x", "u", "u"]
