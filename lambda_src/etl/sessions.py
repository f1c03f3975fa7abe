"""Sessions: a visitor's events with no pause over 30 minutes, at most 24 hours long. Pure.

Midnight splits no session. A session is named after its first event, so that the same events always give
the same name.
"""

import numpy as np
import pandas as pd

INACTIVITY = pd.Timedelta(minutes=30)
MAX_DURATION = pd.Timedelta(hours=24)
# GA4: engaged is a session over 10 seconds, or with a key event, or with at least 2 page views.
ENGAGED_DURATION = pd.Timedelta(seconds=10)

# The order of a visitor's events; equal times keep the client's own order, then that of the ids.
ORDER = ["visitor_id", "event_at", "event_sequence", "event_id"]


def in_order(events: pd.DataFrame) -> pd.DataFrame:
    """Return the events sorted by visitor and time; a missing `event_sequence` comes last."""
    return events.sort_values(ORDER, kind="stable", na_position="last", ignore_index=True)


def with_session_ids(events: pd.DataFrame) -> pd.DataFrame:
    """Return the events in order, with `session_id` set to the event_id of their session's first event."""
    ordered = in_order(events)
    if ordered.empty:
        return ordered.assign(session_id=pd.Series(dtype=object))
    is_first = _starts_chain(ordered) | _exceeds_day(ordered)
    first_ids = ordered["event_id"].where(is_first)
    return ordered.assign(session_id=first_ids.ffill())


def islands(events: pd.DataFrame) -> pd.DataFrame:
    """Return one row (visitor_id, started_at, ended_at) per chain of events without a long pause."""
    ordered = in_order(events)
    chain = _starts_chain(ordered).cumsum()
    grouped = ordered.groupby(chain, sort=False)
    return grouped.agg(
        visitor_id=("visitor_id", "first"), started_at=("event_at", "first"), ended_at=("event_at", "last")
    )


def _starts_chain(ordered: pd.DataFrame) -> pd.Series:
    is_other_visitor = ordered["visitor_id"] != ordered["visitor_id"].shift()
    is_pause = ordered["event_at"].diff() > INACTIVITY
    return is_other_visitor | is_pause


def _exceeds_day(ordered: pd.DataFrame) -> pd.Series:
    """Return where a chain longer than 24 hours must begin a further session.

    Only such chains (bots, mostly) are walked one session at a time.
    """
    starts = np.zeros(len(ordered), dtype=bool)
    chain = _starts_chain(ordered).cumsum()
    times = ordered["event_at"].dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    max_duration = MAX_DURATION.to_timedelta64()
    for positions in ordered.groupby(chain, sort=False).indices.values():
        if times[positions[-1]] - times[positions[0]] <= max_duration:
            continue
        start = positions[0]
        while (later := np.flatnonzero(times[positions] - times[start] > max_duration)).size:
            start = positions[later[0]]
            starts[start] = True
    return pd.Series(starts, index=ordered.index)


SESSION_COLUMNS = [
    "session_id", "visitor_id", "user_id", "last_user_id", "users_count", "session_date", "started_at",
    "ended_at", "first_event_date", "last_event_date", "events_count", "page_views_count", "is_engaged",
    "entry_page_path", "source", "medium", "campaign", "channel", "device_category", "browser",
    "operating_system", "is_bot", "country", "bot_name",
]  # fmt: skip
# A session has these of its first event, missing or not.
_OF_FIRST_EVENT = [
    "source", "medium", "campaign", "channel", "device_category", "browser", "operating_system", "country",
]  # fmt: skip


def summarise(ordered: pd.DataFrame) -> pd.DataFrame:
    """Return one row per session with `SESSION_COLUMNS`, from events as `with_session_ids` returns them."""
    ordered = ordered.assign(
        is_page_view=ordered["event_name"] == "page_view", is_purchase=ordered["event_name"] == "purchase"
    )
    grouped = ordered.groupby("session_id", sort=False)
    found = grouped.agg(
        visitor_id=("visitor_id", "first"),
        user_id=("user_id", "first"),
        last_user_id=("user_id", "last"),
        users_count=("user_id", "nunique"),
        started_at=("event_at", "min"),
        ended_at=("event_at", "max"),
        first_event_date=("event_date", "min"),
        last_event_date=("event_date", "max"),
        events_count=("event_id", "size"),
        page_views_count=("is_page_view", "sum"),
        has_purchase=("is_purchase", "any"),
        entry_page_path=("page_path", "first"),
        is_bot=("is_bot", "any"),
        bot_name=("bot_name", "first"),
    ).reset_index()
    first_events = ordered.drop_duplicates("session_id", keep="first")
    found[_OF_FIRST_EVENT] = first_events[_OF_FIRST_EVENT].to_numpy(dtype=object)
    found["session_date"] = found["started_at"].dt.date
    found["is_engaged"] = (
        (found["ended_at"] - found["started_at"] > ENGAGED_DURATION)
        | found["has_purchase"]
        | (found["page_views_count"] >= 2)
    )
    return found[SESSION_COLUMNS]
