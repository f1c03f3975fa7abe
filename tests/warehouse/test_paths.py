"""Paths: every session begins once, what comes to a step leaves it, and nobody can fill the mart."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.warehouse.pipeline import Pipeline
from tests.warehouse.test_traffic_pages import load, on_page

PATHS = (
    "select step_number, from_name, to_name, sum(sessions_count)::int from mart.paths_daily"
    " where path_kind = %s group by 1, 2, 3 order by 1, 2, 3 nulls last"
)
# a session's events: page, kind
DRAWN = st.tuples(
    st.sampled_from(["/a", "/b", "/c", None]),
    st.sampled_from(["page_view", "page_view", "view_item", "add_to_cart", "scroll"]),
)
SESSIONS = st.lists(st.lists(DRAWN, min_size=1, max_size=14), min_size=1, max_size=4)


def walk(*paths: str | None, visitor: str = "v1", start: float = 0) -> list[dict[str, Any]]:
    return [on_page(path, start + place, visitor=visitor) for place, path in enumerate(paths)]


def test_steps_lead_from_the_first_page_to_the_last(pipeline: Pipeline) -> None:
    load(
        pipeline,
        *walk("/", "/vases", "/cart"),
        *walk("/", "/vases", visitor="v2"),
        *walk("/vases", visitor="v3"),
    )
    assert pipeline.query(PATHS, "page") == [
        (1, "/", "/vases", 2),
        (1, "/vases", None, 1),
        (2, "/vases", "/cart", 1),
        (2, "/vases", None, 1),
        (3, "/cart", None, 1),
    ]


def test_same_page_several_times_in_a_row_is_one_step_and_later_another(pipeline: Pipeline) -> None:
    load(pipeline, *walk("/", "/", None, "/", "/vases", "/"))
    assert pipeline.query(PATHS, "page") == [(1, "/", "/vases", 1), (2, "/vases", "/", 1), (3, "/", None, 1)]


def test_events_have_a_path_of_their_own_without_what_browsers_tell_by_themselves(pipeline: Pipeline) -> None:
    names = [
        "session_start",
        "page_view",
        "view_item",
        "scroll",
        "view_item",
        "user_engagement",
        "add_to_cart",
    ]
    load(pipeline, *(on_page("/", place, name) for place, name in enumerate(names)))
    assert pipeline.query(PATHS, "event") == [
        (1, "page_view", "view_item", 1),
        (2, "view_item", "add_to_cart", 1),
        (3, "add_to_cart", None, 1),
    ]
    assert pipeline.query(PATHS, "page") == [(1, "/", None, 1)]


def test_session_without_any_step_is_one_that_is_not_set(pipeline: Pipeline) -> None:
    load(pipeline, on_page(None, 0, "scroll"))
    for kind in ("page", "event"):
        assert pipeline.query(PATHS, kind) == [(1, "(not set)", None, 1)]


def test_ten_steps_are_kept_and_the_last_says_where_it_leads(pipeline: Pipeline) -> None:
    load(pipeline, *walk(*(f"/{number:02}" for number in range(1, 14))))
    found = pipeline.query(PATHS, "page")
    assert [row[:3] for row in found] == [(n, f"/{n:02}", f"/{n + 1:02}") for n in range(1, 11)]


def test_names_beyond_twenty_a_day_share_a_row_and_no_session_is_lost(pipeline: Pipeline) -> None:
    rare = [walk(f"/{number:02}", visitor=f"v{number}") for number in range(40)]
    often = [walk("/often", f"/{number:02}", "/often", visitor=f"w{number}") for number in range(40)]
    load(pipeline, *(found for made in (*rare, *often) for found in made))
    begun = "select from_name, sum(sessions_count)::int from mart.paths_daily where path_kind = 'page'"
    found = dict(pipeline.query(f"{begun} and step_number = 1 group by 1"))
    assert (found["/often"], found["(other)"], len(found), sum(found.values())) == (40, 21, 21, 80)
    found = dict(pipeline.query(f"{begun} and step_number = 2 group by 1"))
    assert (found["(other)"], found["/18"], "/19" in found, sum(found.values())) == (21, 1, False, 40)


def test_late_event_changes_the_path_of_its_session(pipeline: Pipeline) -> None:
    load(pipeline, *walk("/", "/cart"))
    load(pipeline, on_page("/vases", 0.5), at=700)
    assert [row[1:3] for row in pipeline.query(PATHS, "page")] == [
        ("/", "/vases"),
        ("/vases", "/cart"),
        ("/cart", None),
    ]


def expected(names: list[str]) -> list[tuple[int, str, str | None]]:
    """The first ten steps of a session, from its names in order."""
    steps = [name for place, name in enumerate(names) if place == 0 or names[place - 1] != name] or [
        "(not set)"
    ]
    followers = [*steps[1:], None]
    found = [
        (place + 1, name, follower)
        for place, (name, follower) in enumerate(zip(steps, followers, strict=True))
    ]
    return found[:10]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SESSIONS)
def test_paths_equal_a_plain_walk(pipeline: Pipeline, drawn: list[list[tuple[str | None, str]]]) -> None:
    pipeline.empty()
    load(
        pipeline,
        *(
            on_page(path, place, name, visitor=f"v{number}")
            for number, session in enumerate(drawn)
            for place, (path, name) in enumerate(session)
        ),
    )
    pages = [step for session in drawn for step in expected([path for path, _ in session if path])]
    events = [
        step for session in drawn for step in expected([name for _, name in session if name != "scroll"])
    ]
    for kind, steps in (("page", pages), ("event", events)):
        found = {row[:3]: row[3] for row in pipeline.query(PATHS, kind)}
        assert found == {step: steps.count(step) for step in steps}
