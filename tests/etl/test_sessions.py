"""Sessions, compared with a plain reference that walks event by event."""

import uuid
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pandas as pd
import pytest
from etl.sessions import SESSION_COLUMNS, islands, summarise, with_session_ids
from hypothesis import given
from hypothesis import strategies as st

START = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)


def frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    found = pd.DataFrame(rows, columns=["visitor_id", "event_at", "event_sequence", "event_id"])
    found["event_at"] = pd.to_datetime(found["event_at"], utc=True)
    found["event_sequence"] = found["event_sequence"].astype("Int64")
    return found


def at(*minutes: float, visitor: str = "v1") -> list[dict[str, Any]]:
    return [
        {
            "visitor_id": visitor,
            "event_at": START + timedelta(minutes=minute),
            "event_sequence": None,
            "event_id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{visitor}:{minute}")),
        }
        for minute in minutes
    ]


def sizes(rows: list[dict[str, Any]]) -> list[int]:
    return with_session_ids(frame(rows)).groupby("session_id", sort=False).size().tolist()


def test_pause_of_exactly_thirty_minutes_does_not_end_a_session() -> None:
    assert sizes(at(0, 30, 60)) == [3]


def test_pause_over_thirty_minutes_ends_a_session() -> None:
    assert sizes(at(0, 30.01, 60)) == [1, 2]


def test_midnight_does_not_split_a_session() -> None:
    assert sizes(at(110, 125)) == [2]


def test_session_never_lasts_longer_than_a_day() -> None:
    assert sizes(at(*range(0, 3 * 24 * 60, 20))) == [73, 73, 70]


def test_visitors_do_not_share_a_session() -> None:
    assert sizes(at(0, 1) + at(0, 1, visitor="v2")) == [2, 2]


def test_session_is_named_after_its_first_event() -> None:
    rows = at(5, 0, 10)
    assert set(with_session_ids(frame(rows))["session_id"]) == {rows[1]["event_id"]}


def test_equal_times_keep_the_clients_order() -> None:
    rows = [{**row, "event_sequence": sequence} for row, sequence in zip(at(0, 0, 0), (2, 0, 1), strict=True)]
    rows = [{**row, "event_id": str(uuid.uuid4())} for row in rows]
    assert with_session_ids(frame(rows))["event_sequence"].tolist() == [0, 1, 2]


def test_no_events_have_no_sessions() -> None:
    assert with_session_ids(frame([])).empty


def reference(rows: list[dict[str, Any]]) -> dict[str, str]:
    """The rule of the vocabulary, one event after the other."""
    found: dict[str, str] = {}
    last: dict[str, Any] | None = None
    first: dict[str, Any] = {}
    for row in sorted(rows, key=lambda r: (r["visitor_id"], r["event_at"], r["event_id"])):
        is_new = (
            last is None
            or row["visitor_id"] != last["visitor_id"]
            or row["event_at"] - last["event_at"] > timedelta(minutes=30)
            or row["event_at"] - first["event_at"] > timedelta(hours=24)
        )
        first = row if is_new else first
        found[row["event_id"]] = first["event_id"]
        last = row
    return found


VISITS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 5000)), max_size=60)


@given(VISITS, st.integers(0, 4000), st.integers(20, 31), st.randoms())
def test_sessions_equal_the_plain_reference_in_any_order(
    visits: list[tuple[str, int]], busy_minutes: int, step_minutes: int, random: Random
) -> None:
    # a visitor who never pauses for long, as bots do: chains of more than a day
    busy = [("b", minute) for minute in range(0, busy_minutes, step_minutes)]
    rows = [row for visitor, minute in sorted({*visits, *busy}) for row in at(minute, visitor=visitor)]
    random.shuffle(rows)
    ours = with_session_ids(frame(rows))
    assert dict(zip(ours["event_id"], ours["session_id"], strict=True)) == reference(rows)


def test_islands_are_the_chains_without_a_long_pause() -> None:
    found = islands(frame(at(0, 20, 100) + at(5, visitor="v2")))
    assert found["visitor_id"].tolist() == ["v1", "v1", "v2"]
    assert found["ended_at"].tolist() == [START + timedelta(minutes=minute) for minute in (20, 100, 5)]


@pytest.mark.parametrize(
    ("minutes", "names", "is_engaged"),
    [
        ([0], ["page_view"], False),
        ([0, 0.1], ["page_view", "scroll"], False),
        ([0, 0.2], ["page_view", "scroll"], True),
        ([0, 0.1], ["page_view", "page_view"], True),
        ([0], ["purchase"], True),
    ],
)
def test_engaged_session_is_ga4s(minutes: list[float], names: list[str], is_engaged: bool) -> None:
    events = with_session_ids(frame(at(*minutes)))
    events["event_name"] = names
    texts = ["user_id", "page_path", "source", "medium", "campaign", "channel", "device_category"]
    for column in [*texts, "browser", "operating_system", "country", "bot_name"]:
        events[column] = None
    events["event_date"] = events["event_at"].dt.date
    events["is_bot"] = False
    session = summarise(events)
    assert list(session.columns) == SESSION_COLUMNS
    assert session["is_engaged"].tolist() == [is_engaged]
