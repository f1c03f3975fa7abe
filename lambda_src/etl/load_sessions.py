"""Recomputes the sessions that a batch touches: late and out-of-order events reopen, merge or split them."""

from collections.abc import Hashable
from dataclasses import dataclass

import pandas as pd

from etl.credit_dates import dates_of_other_credits, without_renamed
from etl.database import Connection, copy_frame, fetch_frame
from etl.load_people import settle_people
from etl.load_visits import VISIT_COLUMNS, settle_visits
from etl.sessions import INACTIVITY, MAX_DURATION, SESSION_COLUMNS, islands, summarise, with_session_ids
from etl.touched import PersonDay, Touched

# What sessions are made of.
_COLUMNS = [
    "event_id", "event_date", "event_at", "event_sequence", "event_name", "visitor_id", "user_id",
    "page_path", "source", "medium", "campaign", "channel", "device_category", "browser", "operating_system",
    "is_bot", "country", "bot_name",
]  # fmt: skip
_TYPES: dict[Hashable, str] = {
    **dict.fromkeys([*_COLUMNS, "old_session_id"], "str"),
    "event_date": "object",
    "event_at": "datetime64[us, UTC]",
    "event_sequence": "Int64",
    "is_bot": "bool",
    "position": "int64",
}
# What says around which sessions it may have changed whose they are.
_OF_CHANGED = ["visitor_id", "started_at", "users_count"]

# Sessions are looked for by each visitor's index, whatever the planner expects of a recursion: `offset 0`
# keeps it from reading all sessions there are. No session is longer than `longest`.
_NEIGHBOURS = """
cross join lateral (
    select found.session_id, found.visitor_id, found.started_at, found.ended_at
    from warehouse.fact_sessions as found
    where
        found.visitor_id = near.visitor_id
        and found.started_at <= near.ended_at + %(inactivity)s
        and found.started_at >= near.started_at - %(inactivity)s - %(longest)s
        and found.ended_at >= near.started_at - %(inactivity)s
    offset 0
) as sessions
"""
_DELETE_TOUCHED = f"""
with recursive touched as (
    select sessions.session_id, sessions.visitor_id, sessions.started_at, sessions.ended_at
    from new_islands as near
    {_NEIGHBOURS}
    union
    select sessions.session_id, sessions.visitor_id, sessions.started_at, sessions.ended_at
    from warehouse.fact_sessions as sessions
    where sessions.session_id = any(%(robbed_ids)s::uuid[])
    union
    select sessions.session_id, sessions.visitor_id, sessions.started_at, sessions.ended_at
    from touched as near
    {_NEIGHBOURS}
)
delete from warehouse.fact_sessions as sessions
where sessions.session_id = any(array(select touched.session_id from touched))
returning
    sessions.session_id::text, sessions.session_date, sessions.first_event_date, sessions.last_event_date,
    sessions.visitor_id, sessions.started_at, sessions.users_count, sessions.person_id
"""  # noqa: S608 - made of what stands above

_OLD_EVENTS = """
select
    event_id::text, event_date, event_at, event_sequence, event_name, visitor_id, user_id, page_path,
    source, medium, campaign, channel, device_category, browser, operating_system, is_bot,
    country, bot_name, session_id::text as old_session_id
from warehouse.fact_events
where session_id = any(%(session_ids)s::uuid[]) and event_date between %(first)s and %(last)s
"""

_MOVE_EVENTS = """
update warehouse.fact_events as facts set session_id = moved.session_id
from moved_events as moved
where facts.event_date = moved.event_date and facts.event_id = moved.event_id
    and facts.event_date between %(first)s and %(last)s
"""


@dataclass(frozen=True)
class Sessions:
    """The outcome: a session_id for every new event, and the days whose figures changed."""

    # in the order of the events given
    session_ids: pd.Series
    touched: Touched


def settle_sessions(connection: Connection, events: pd.DataFrame, robbed_ids: list[str]) -> Sessions:
    """Rewrite the sessions that `events` (not yet in fact_events) or a removed event touch.

    `robbed_ids` are sessions that lost an event to an earlier copy.
    """
    gone = _delete_touched(connection, events, robbed_ids)
    old_events = _events_of(connection, gone).assign(position=-1)
    # not by event_id: two events of one id and different days are two events
    new_events = events[_COLUMNS].assign(old_session_id=None, position=range(len(events)))
    ordered = with_session_ids(_joined(old_events, new_events))
    _move_old_events(connection, ordered)
    sessions = summarise(ordered)
    visits = settle_visits(connection, gone, sessions)
    copy_frame(connection, "warehouse.fact_sessions", visits.sessions[[*SESSION_COLUMNS, *VISIT_COLUMNS]])
    changed = pd.concat([frame[_OF_CHANGED].astype(object) for frame in (gone, sessions)])
    stitched = settle_people(connection, changed)
    moved = without_renamed(connection, stitched, gone, sessions)
    written = sessions.assign(person_id=None)
    return Sessions(
        session_ids=ordered[ordered["position"] >= 0].sort_values("position")["session_id"],
        touched=Touched(
            session_dates={*sessions["session_date"], *gone["session_date"], *visits.new_returning_dates},
            visit_dates=set(visits.visit_dates),
            credit_dates=dates_of_other_credits(connection, (gone, written, _before(moved), moved)),
            person_days=_person_days(_before(stitched)) | _person_days(stitched),
        ),
    )


def _before(stitched: pd.DataFrame) -> pd.DataFrame:
    return stitched.assign(person_id=stitched["old_person_id"])


def _person_days(sessions: pd.DataFrame) -> set[PersonDay]:
    """Return the days of these sessions, with whose they are."""
    is_known = sessions["person_id"].notna()
    people = sessions["person_id"].where(is_known, sessions["visitor_id"])
    return set(zip(sessions["session_date"], is_known, people, strict=True))


def _delete_touched(connection: Connection, events: pd.DataFrame, robbed_ids: list[str]) -> pd.DataFrame:
    connection.execute(
        "create temporary table new_islands (visitor_id text, started_at timestamptz, ended_at timestamptz)"
        " on commit drop"
    )
    if not events.empty:
        copy_frame(connection, "new_islands", islands(events))
    connection.execute("analyze new_islands")
    spans = {"inactivity": INACTIVITY.to_pytimedelta(), "longest": MAX_DURATION.to_pytimedelta()}
    parameters = {**spans, "robbed_ids": robbed_ids}
    return fetch_frame(connection, _DELETE_TOUCHED, parameters)


def _events_of(connection: Connection, touched: pd.DataFrame) -> pd.DataFrame:
    parameters = {
        "session_ids": touched["session_id"].tolist(),
        "first": None if touched.empty else touched["first_event_date"].min(),
        "last": None if touched.empty else touched["last_event_date"].max(),
    }
    return fetch_frame(connection, _OLD_EVENTS, parameters)


def _joined(old_events: pd.DataFrame, new_events: pd.DataFrame) -> pd.DataFrame:
    """Return both as one frame with the types that sorting and comparing need."""
    new_events = new_events.astype(_TYPES)
    if old_events.empty:
        return new_events.reset_index(drop=True)
    old_events["event_at"] = pd.to_datetime(old_events["event_at"], utc=True)
    return pd.concat([old_events.astype(_TYPES), new_events], ignore_index=True)


def _move_old_events(connection: Connection, ordered: pd.DataFrame) -> None:
    is_moved = ordered["old_session_id"].notna() & (ordered["old_session_id"] != ordered["session_id"])
    moved = ordered.loc[is_moved, ["event_date", "event_id", "session_id"]]
    if moved.empty:
        return
    connection.execute(
        "create temporary table moved_events (event_date date, event_id uuid, session_id uuid) on commit drop"
    )
    copy_frame(connection, "moved_events", moved)
    connection.execute(_MOVE_EVENTS, {"first": moved["event_date"].min(), "last": moved["event_date"].max()})
