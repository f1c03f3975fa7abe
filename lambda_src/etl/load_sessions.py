"""Recomputes the sessions that a batch touches: late and out-of-order events reopen, merge or split them."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from etl.credit_dates import dates_of_other_credits
from etl.database import Connection, copy_frame, fetch_frame
from etl.first_sessions import dates_of_other_firsts
from etl.load_people import settle_people
from etl.sessions import INACTIVITY, SESSION_COLUMNS, islands, summarise, with_session_ids

# What sessions are made of.
_COLUMNS = [
    "event_id", "event_date", "event_at", "event_sequence", "event_name", "visitor_id", "user_id",
    "page_path", "source", "medium", "campaign", "channel", "device_category", "browser", "operating_system",
    "is_bot", "country", "bot_name",
]  # fmt: skip
# What says around which sessions it may have changed whose they are.
_OF_CHANGED = ["visitor_id", "started_at", "users_count"]

_DELETE_TOUCHED = """
with recursive touched as (
    select sessions.session_id, sessions.visitor_id, sessions.started_at, sessions.ended_at
    from warehouse.fact_sessions as sessions
    inner join new_islands
        on new_islands.visitor_id = sessions.visitor_id
        and sessions.started_at <= new_islands.ended_at + %(inactivity)s
        and sessions.ended_at >= new_islands.started_at - %(inactivity)s
    union
    select sessions.session_id, sessions.visitor_id, sessions.started_at, sessions.ended_at
    from warehouse.fact_sessions as sessions
    where sessions.session_id = any(%(robbed_ids)s::uuid[])
    union
    select sessions.session_id, sessions.visitor_id, sessions.started_at, sessions.ended_at
    from warehouse.fact_sessions as sessions
    inner join touched
        on touched.visitor_id = sessions.visitor_id
        and sessions.started_at <= touched.ended_at + %(inactivity)s
        and sessions.ended_at >= touched.started_at - %(inactivity)s
)
delete from warehouse.fact_sessions as sessions using touched
where sessions.session_id = touched.session_id
returning
    sessions.session_id::text, sessions.session_date, sessions.first_event_date, sessions.last_event_date,
    sessions.visitor_id, sessions.started_at, sessions.users_count, sessions.person_id
"""

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
    """The outcome: a session_id for every new event, and the session dates whose figures changed."""

    # indexed by event_id
    session_ids: pd.Series
    session_dates: set[date]
    # of orders that are credited to other visits now, and are none of these sessions' otherwise
    credit_dates: set[date]


def settle_sessions(connection: Connection, events: pd.DataFrame, robbed_ids: list[str]) -> Sessions:
    """Rewrite the sessions that `events` (not yet in fact_events) or a removed event touch.

    `robbed_ids` are sessions that lost an event to an earlier copy.
    """
    touched = _delete_touched(connection, events, robbed_ids)
    old_events = _events_of(connection, touched)
    new_events = events[_COLUMNS].assign(old_session_id=None)
    ordered = with_session_ids(_joined(old_events, new_events))
    _move_old_events(connection, ordered)
    sessions = summarise(ordered)
    other_firsts_dates = dates_of_other_firsts(connection, touched, sessions)
    copy_frame(connection, "warehouse.fact_sessions", sessions[SESSION_COLUMNS])
    changed = pd.concat([frame[_OF_CHANGED].astype(object) for frame in (touched, sessions)])
    stitched = settle_people(connection, changed)
    before = stitched.assign(person_id=stitched["old_person_id"])
    written = sessions.assign(person_id=None)
    is_new = ordered["old_session_id"].isna()
    return Sessions(
        session_ids=ordered[is_new].set_index("event_id")["session_id"],
        session_dates=set(sessions["session_date"]).union(
            touched["session_date"], stitched["session_date"], other_firsts_dates
        ),
        credit_dates=dates_of_other_credits(connection, (touched, written, before, stitched)),
    )


def _delete_touched(connection: Connection, events: pd.DataFrame, robbed_ids: list[str]) -> pd.DataFrame:
    connection.execute(
        "create temporary table new_islands (visitor_id text, started_at timestamptz, ended_at timestamptz)"
        " on commit drop"
    )
    if not events.empty:
        copy_frame(connection, "new_islands", islands(events))
    connection.execute("analyze new_islands")
    parameters = {"inactivity": INACTIVITY.to_pytimedelta(), "robbed_ids": robbed_ids}
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
    frames = [frame for frame in (old_events, new_events) if not frame.empty] or [new_events]
    events = pd.concat([frame.astype(object) for frame in frames], ignore_index=True)
    events["event_at"] = pd.to_datetime(events["event_at"], utc=True)
    events["event_sequence"] = pd.to_numeric(events["event_sequence"]).astype("Int64")
    events["is_bot"] = events["is_bot"].astype(bool)
    return events


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
