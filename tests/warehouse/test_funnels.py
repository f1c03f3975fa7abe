"""A funnel counts what its definition says, whatever steps, unit, order, window and exclusions are chosen."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from event_mapping import read_events, read_mapping
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from import_events import raw_files

from tests.etl.events import event, minutes, raw_object
from tests.warehouse.funnel_reference import Choice, Trail, funnel
from tests.warehouse.pipeline import Pipeline

ROOT = Path(__file__).parents[2]
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
DAY = date(2026, 3, 2)
START = datetime(2026, 3, 2, tzinfo=UTC)
BUY = ("view_item", "add_to_cart", "purchase")
ASK = (
    "select units_count, median_seconds, previous_units_count, first_units_count from mart.funnel("
    "%(steps)s, %(first)s, %(last)s, %(unit)s, %(step_order)s, %(window_seconds)s, %(excluded_events)s)"
)

Database = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def database(pipeline: Pipeline) -> Iterator[Database]:
    with psycopg.connect(pipeline.owner_dsn) as connection:
        yield connection
        connection.rollback()


def write(database: Database, sessions: Sequence[tuple[str, Trail]]) -> None:
    database.execute("truncate mart.session_trails")
    rows = [
        (DAY, uuid4(), visitor, [name for name, _ in trail], [START + timedelta(seconds=s) for _, s in trail])
        for visitor, trail in sessions
    ]
    database.cursor().executemany(
        "insert into mart.session_trails (session_date, session_id, visitor_id, channel, device_category,"
        " country, is_bot, event_names, event_times, cut_events_count)"
        " values (%s, %s, %s, 'Direct', 'mobile', 'CH', false, %s, %s, 0)",
        rows,
    )


def ask(database: Database, choice: Choice) -> list[tuple[Any, ...]]:
    lists = {"steps": list(choice.steps), "excluded_events": list(choice.excluded_events)}
    rows = database.execute(ASK, {**vars(choice), **lists, "first": DAY, "last": DAY}).fetchall()
    counts = [row[0] for row in rows]
    assert [row[2] for row in rows] == [counts[0], *counts[:-1]]
    assert {row[3] for row in rows} == {counts[0]}
    return [row[:2] for row in rows]


def counted(database: Database, trails: dict[str, str], **choice: Any) -> list[int]:
    """Count a funnel over trails of one session each, a letter an event: v, c, p are those of `BUY`."""
    names = {"v": "view_item", "c": "add_to_cart", "p": "purchase", "s": "search"}
    write(database, [(who, [(names[x], i * 10) for i, x in enumerate(did)]) for who, did in trails.items()])
    return [row[0] for row in ask(database, Choice(BUY, **choice))]


TRAILS = {"all": "vcp", "others between": "vscsp", "backwards": "pcv", "again": "vvcp", "none": "s"}


@pytest.mark.parametrize(
    ("choice", "units"),
    [
        ({}, [4, 3, 3]),
        ({"step_order": "strict"}, [4, 2, 2]),
        ({"step_order": "any order"}, [4, 4, 4]),
        ({"window_seconds": 20}, [4, 3, 2]),
        ({"window_seconds": 10}, [4, 2, 0]),
        ({"step_order": "any order", "window_seconds": 20}, [4, 4, 3]),
        ({"excluded_events": ("search",)}, [3, 2, 2]),
    ],
)
def test_each_choice_counts_by_hand(database: Database, choice: dict[str, Any], units: list[int]) -> None:
    assert counted(database, TRAILS, **choice) == units


def test_a_later_attempt_counts_if_only_it_is_quick_enough(database: Database) -> None:
    trail = [("view_item", 0), ("view_item", 100), ("add_to_cart", 110), ("purchase", 130)]
    write(database, [("v", trail)])
    assert ask(database, Choice(BUY)) == [(1, None), (1, 110), (1, 20)]
    assert ask(database, Choice(BUY, window_seconds=30)) == [(1, None), (1, 10), (1, 20)]


def test_visitor_may_take_the_steps_in_several_sessions(database: Database) -> None:
    sessions = [("v", [("session_start", 0), ("view_item", 0)])]
    sessions += [("v", [("session_start", 7200), ("add_to_cart", 7200), ("purchase", 7260)])]
    write(database, sessions)
    assert ask(database, Choice(BUY)) == [(1, None), (0, None), (0, None)]
    assert ask(database, Choice(BUY, unit="visitor")) == [(1, None), (1, 7200), (1, 60)]
    assert ask(database, Choice(BUY, unit="visitor", window_seconds=3600))[1:] == [(0, None), (0, None)]
    # the second session begins between the two
    assert ask(database, Choice(BUY, unit="visitor", step_order="strict"))[1:] == [(0, None), (0, None)]
    again = ("session_start", "session_start")
    assert ask(database, Choice(again, unit="visitor")) == [(1, None), (1, 7200)]


NAMES = st.sampled_from(["a", "b", "c", "d"])
TIMED = st.lists(st.tuples(NAMES, st.integers(0, 8)), max_size=7)


@st.composite
def worlds(draw: st.DrawFn) -> list[tuple[str, Trail]]:
    """Sessions of three visitors, an hour apart; many of their events have the same time."""
    sessions: list[tuple[str, Trail]] = []
    for number in range(draw(st.integers(1, 5))):
        begin = number * 3600
        names_and_waits = draw(TIMED)
        trail: list[tuple[str, float]] = [("session_start", begin)]
        for name, wait in names_and_waits:
            trail.append((name, trail[-1][1] + wait))
        sessions.append((draw(st.sampled_from(["v1", "v2", "v3"])), trail))
    return sessions


@st.composite
def choices(draw: st.DrawFn) -> Choice:
    order = draw(st.sampled_from(["in order", "strict", "any order"]))
    names = st.sampled_from(["session_start", "a", "b", "c"])
    steps = draw(st.lists(names, min_size=2, max_size=4, unique=order == "any order"))
    return Choice(
        tuple(steps),
        draw(st.sampled_from(["session", "visitor"])),
        order,
        draw(st.sampled_from([None, 1, 5, 12, 3605])),
        draw(st.sampled_from([(), ("d",)])),
    )


@settings(
    max_examples=400,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(world=worlds(), choice=choices())
def test_any_choice_counts_what_trying_every_way_counts(
    database: Database, world: list[tuple[str, Trail]], choice: Choice
) -> None:
    write(database, world)
    expected = [(count, median(waits) if waits else None) for count, waits in funnel(world, choice)]
    assert ask(database, choice) == expected


def visit(visitor: str, *names: str, user_agent: str | None = None, **fields: Any) -> tuple[str, bytes]:
    made = [
        event(f"{visitor} {place}", minutes(0), visitor=visitor, event_name=name, **{"event_sequence": place})
        for place, name in enumerate(names)
    ]
    return raw_object(made, minutes(9), user_agent=user_agent, **fields)


def test_trail_has_what_the_visitor_did_in_the_clients_order(pipeline: Pipeline) -> None:
    pipeline.put(visit("v", "session_start", "page_view", "view_item", "scroll", "add_to_cart", "my_own"))
    pipeline.run()
    found = pipeline.query("select event_names, event_times, country, cut_events_count from session_trails")
    names = ["session_start", "view_item", "add_to_cart", "my_own"]
    assert found == [(names, [minutes(0)] * 4, "(not set)", 0)]
    assert pipeline.broken_checks() == []


def test_session_that_did_nothing_has_a_trail_and_late_events_join_it(pipeline: Pipeline) -> None:
    pipeline.put(visit("v", "page_view"))
    pipeline.run()
    assert pipeline.query("select event_names from session_trails") == [(["session_start"],)]
    late = [event("late", minutes(-5), visitor="v", event_name="view_item")]
    pipeline.put(raw_object(late, minutes(30)))
    pipeline.run()
    found = pipeline.query("select event_names, event_times from session_trails")
    assert found == [(["session_start", "view_item"], [minutes(-5)] * 2)]
    assert pipeline.broken_checks() == []


def test_of_an_endless_session_the_first_500_events_count_and_the_rest_is_said(pipeline: Pipeline) -> None:
    made = [
        event(f"{n}", minutes(n / 60), event_name="view_item" if n < 500 else "purchase") for n in range(503)
    ]
    pipeline.put(raw_object(made[:400], minutes(60)), raw_object(made[400:], minutes(60)))
    pipeline.run()
    assert pipeline.query("select cardinality(event_names), cut_events_count from session_trails") == [
        (501, 3)
    ]
    asked = "select units_count from funnel('{view_item,purchase}', '2026-03-02', '2026-03-02')"
    assert pipeline.query(asked) == [(1,), (0,)]
    assert pipeline.broken_checks() == []


def test_bots_filters_and_breakdowns_split_the_same_units(pipeline: Pipeline) -> None:
    pipeline.put(
        visit("a", "view_item", "add_to_cart", country="CH"),
        visit("b", "view_item", country="DE"),
        visit("c", "view_item", "add_to_cart", user_agent=GOOGLEBOT),
    )
    pipeline.run()
    asked = "select breakdown_value, units_count from funnel('{view_item,add_to_cart}', %s, %s"
    for choice, rows in {
        "": [(None, 2), (None, 1)],
        ", bots => 'with'": [(None, 3), (None, 2)],
        ", bots => 'only'": [(None, 1), (None, 1)],
        ", excluded_events => null, channels => null": [(None, 2), (None, 1)],
        ", countries => '{CH,US}'": [(None, 1), (None, 1)],
        ", channels => '{Email}'": [(None, 0), (None, 0)],
        ", device_categories => '{(not set)}'": [(None, 2), (None, 1)],
        ", breakdown => 'country'": [("CH", 1), ("CH", 1), ("DE", 1), ("DE", 0)],
        ", breakdown => 'country', unit => 'visitor'": [("CH", 1), ("CH", 1), ("DE", 1), ("DE", 0)],
    }.items():
        assert pipeline.query(f"{asked}{choice})", DAY, DAY) == rows, choice
    assert pipeline.broken_checks() == []


@pytest.mark.parametrize(
    ("choice", "problem"),
    [
        ("'{view_item}'", "2 to 10 steps"),
        ("'{view_item,null}'", "2 to 10 steps"),
        ("'{view_item,page_view}'", "trails leave them out"),
        ("'{a,b}', unit => 'person'", "unit must be"),
        ("'{a,b}', step_order => 'backwards'", "step_order must be"),
        ("'{a,a}', step_order => 'any order'", "twice"),
        ("'{a,b}', window_seconds => 0", "window_seconds must be"),
        ("'{a,b}', bots => 'maybe'", "bots must be"),
        ("'{a,b}', breakdown => 'visitor_id'", "breakdown must be"),
    ],
)
def test_a_choice_that_makes_no_sense_is_refused_with_its_reason(
    database: Database, choice: str, problem: str
) -> None:
    steps, _, others = choice.partition("'")[2].partition("'")
    # the choices are those above, nobody's input
    for function in ("funnel", "funnel_definition"):
        asked = f"select * from mart.{function}('{steps}', '2026-03-02', '2026-03-02'{others})"  # noqa: S608
        with pytest.raises(psycopg.errors.InvalidParameterValue, match=problem), database.transaction():
            database.execute(asked.encode())


def test_what_a_client_calls_its_events_and_what_an_analyst_types_is_no_sql(database: Database) -> None:
    write(database, [("v", [("it's", 0), ("%s\\", 1)])])
    assert ask(database, Choice(("it's", "%s\\"))) == [(1, None), (1, 1)]
    assert ask(database, Choice(("it's", "a'); drop table x --"), step_order="strict"))[1] == (0, None)


def test_definition_says_every_choice_in_words(database: Database) -> None:
    asked = (
        "select mart.funnel_definition('{view_item,purchase}', '2026-03-01', '2026-03-31', 'visitor',"
        " 'strict', 3600, '{refund}', 'with', 'country', '{Direct,Email}')"
    )
    assert database.execute(asked).fetchone() == (
        "Counts visitors (browsers), all of their sessions taken together that began from 2026-03-01 to"
        " 2026-03-31 (days in UTC) and had view_item, directly followed by purchase, within 3600 seconds from"
        " the first to the last; a step counts who had all steps up to it. Left out is who had refund. Bots"
        " are counted, too. Only with channel Direct or Email. Broken down by country of the visitor's first"
        " session in these days. Not looked at are page_view, scroll, user_engagement, first_visit;"
        " session_start is where a session begins. Events of equal time keep the order that the browser gave"
        " them (event_sequence), then that of their ids. Of several attempts the first that comes furthest"
        " counts.",
    )


def test_figures_of_the_documentation_are_those_of_the_carried_events(pipeline: Pipeline) -> None:
    mapping = read_mapping(ROOT / "tests/data/ecom/mapping.yml")
    files = raw_files("ecom", read_events(ROOT / "tests/data/ecom/ecom_events.csv.gz", mapping))
    pipeline.put(*((file.key, file.body) for file in files))
    pipeline.run()
    page = (ROOT / "docs/funnels.md").read_text()
    steps = "{" + re.findall(r"`(view_item → .+?)`", page)[0].replace(" → ", ",") + "}"
    rows = re.findall(r"^\| (.+?) \| ([\d, ]+) \| ([\d.]+) % \|$", page, flags=re.MULTILINE)
    assert len(rows) == 7
    for choice, counts, percent in rows:
        others = "" if choice.startswith("the default") else f", {choice.strip('`')}"
        asked = f"select units_count from funnel(%s, '2024-01-01', '2024-12-31'{others})"  # noqa: S608 - our page
        found = [row[0] for row in pipeline.query(asked, steps)]
        assert (choice, found) == (choice, [int(count) for count in counts.split(", ")])
        assert percent == f"{100 * found[-1] / found[0]:.1f}"
