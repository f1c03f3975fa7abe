"""Sessions: a visitor's events with no pause over 30 minutes, at most 24 hours long. Pure.

Midnight splits no session. A session is named after its first event, so that the same events always give
the same name.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Dates = npt.NDArray[np.object_]

INACTIVITY = pd.Timedelta(minutes=30)
MAX_DURATION = pd.Timedelta(hours=24)
# GA4: engaged is a session over 10 seconds, or with a key event, or with at least 2 page views.
ENGAGED_DURATION = pd.Timedelta(seconds=10)

_MICROSECOND = pd.Timedelta(microseconds=1)
# Greater than any `event_sequence` of the contract.
_LAST = 2**62
# The order of a visitor's events; equal times keep the client's own order, then that of the ids.
ORDER = ["visitor_id", "event_at", "event_sequence", "event_id"]


def in_order(events: pd.DataFrame) -> pd.DataFrame:
    """Return the events visitor by visitor in `ORDER`; a missing `event_sequence` comes last.

    Which visitor comes first follows from the rows given.
    """
    visitors, _ = pd.factorize(events["visitor_id"])
    times = _microseconds(events["event_at"])
    sequences = pd.to_numeric(events["event_sequence"]).astype("Int64").fillna(_LAST).to_numpy(np.int64)
    order = np.lexsort((sequences, times, visitors))
    keys = np.column_stack([visitors[order], times[order], sequences[order]])
    is_equal = (keys[1:] == keys[:-1]).all(axis=1)
    if is_equal.any():
        # seldom: comparing texts is what would take most of the time
        group = np.concatenate([[0], (~is_equal).cumsum()])
        ids = events["event_id"].iloc[order].reset_index(drop=True)
        tied = np.flatnonzero(np.isin(group, group[1:][is_equal]))
        ordered = pd.DataFrame({"group": group[tied], "event_id": ids.iloc[tied].to_numpy()})
        order[tied] = order[tied][ordered.sort_values(["group", "event_id"], kind="stable").index]
    return events.iloc[order].reset_index(drop=True)


def with_session_ids(events: pd.DataFrame) -> pd.DataFrame:
    """Return the events in order, with `session_id` set to the event_id of their session's first event.

    `begins_session` is set on that event: by their ids alone, sessions that begin with events of one id on
    different days could not be told apart.
    """
    ordered = in_order(events)
    if ordered.empty:
        return ordered.assign(session_id=pd.Series(dtype=object), begins_session=pd.Series(dtype=bool))
    is_first = _starts_chain(ordered)
    is_first |= _exceeds_day(ordered, np.flatnonzero(is_first))
    first_ids = ordered["event_id"].iloc[np.flatnonzero(is_first)]
    ids = first_ids.iloc[is_first.cumsum() - 1].reset_index(drop=True)
    return ordered.assign(session_id=ids, begins_session=is_first)


def islands(events: pd.DataFrame) -> pd.DataFrame:
    """Return one row (visitor_id, started_at, ended_at) per chain of events without a long pause."""
    ordered = in_order(events[ORDER])
    firsts = np.flatnonzero(_starts_chain(ordered))
    lasts = _lasts(firsts, len(ordered))
    return pd.DataFrame(
        {
            "visitor_id": ordered["visitor_id"].iloc[firsts].reset_index(drop=True),
            "started_at": ordered["event_at"].iloc[firsts].reset_index(drop=True),
            "ended_at": ordered["event_at"].iloc[lasts].reset_index(drop=True),
        }
    )


def _lasts(firsts: Positions, count: int) -> Positions:
    """Return the position of the last row of each part, from those of the first rows."""
    ends = np.append(firsts[1:], np.int64(count))[: len(firsts)]
    return (ends - 1).astype(np.int64)


def _microseconds(times: pd.Series) -> Positions:
    return np.asarray(times.astype("datetime64[us, UTC]").astype("int64"), dtype=np.int64)


def _starts_chain(ordered: pd.DataFrame) -> Flags:
    visitors, _ = pd.factorize(ordered["visitor_id"])
    pauses = np.diff(_microseconds(ordered["event_at"])) > INACTIVITY // _MICROSECOND
    starts = np.ones(len(ordered), dtype=bool)
    starts[1:] = (visitors[1:] != visitors[:-1]) | pauses
    return starts


def _exceeds_day(ordered: pd.DataFrame, firsts: Positions) -> Flags:
    """Return where a chain longer than 24 hours must begin a further session; `firsts` begin chains.

    Only such chains (bots, mostly) are walked one session at a time.
    """
    starts = np.zeros(len(ordered), dtype=bool)
    times = _microseconds(ordered["event_at"])
    longest = MAX_DURATION // _MICROSECOND
    lasts = _lasts(firsts, len(ordered))
    is_long = times[lasts] - times[firsts] > longest
    for first, last in zip(firsts[is_long], lasts[is_long], strict=True):
        start = first
        while (later := np.flatnonzero(times[start : last + 1] - times[start] > longest)).size:
            start += later[0]
            starts[start] = True
    return starts


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
    is_first = ordered["begins_session"].to_numpy(bool)
    firsts = np.flatnonzero(is_first)
    lasts = _lasts(firsts, len(ordered))
    first_events = ordered.iloc[firsts].reset_index(drop=True)
    # the number of each row's session
    sessions = pd.Series(is_first.cumsum() - 1, name="session")
    found = first_events[["session_id", "visitor_id", *_OF_FIRST_EVENT]].copy()
    found["started_at"] = first_events["event_at"]
    found["ended_at"] = ordered["event_at"].iloc[lasts].reset_index(drop=True)
    found["session_date"] = found["started_at"].dt.date
    found["first_event_date"], found["last_event_date"] = _first_and_last(ordered["event_date"], firsts)
    found["events_count"] = lasts - firsts + 1
    found["page_views_count"] = _counts(ordered["event_name"] == "page_view", sessions)
    found["is_bot"] = _counts(ordered["is_bot"].astype(bool), sessions) > 0
    users = pd.DataFrame({"session": sessions, "user_id": ordered["user_id"]}).dropna()
    found["user_id"] = users.drop_duplicates("session", keep="first").set_index("session")["user_id"]
    found["last_user_id"] = users.drop_duplicates("session", keep="last").set_index("session")["user_id"]
    found["users_count"] = users.drop_duplicates().groupby("session").size()
    found["users_count"] = found["users_count"].fillna(0).astype("int64")
    for column, source in (("entry_page_path", "page_path"), ("bot_name", "bot_name")):
        known = pd.DataFrame({"session": sessions, column: ordered[source]}).dropna()
        found[column] = known.drop_duplicates("session").set_index("session")[column]
    found["is_engaged"] = (
        (found["ended_at"] - found["started_at"] > ENGAGED_DURATION)
        | (_counts(ordered["event_name"] == "purchase", sessions) > 0)
        | (found["page_views_count"] >= 2)
    )
    return found[SESSION_COLUMNS]


def _counts(flags: pd.Series, sessions: "pd.Series[int]") -> Positions:
    """Return in how many rows of each session the flag is set."""
    count = int(sessions.max()) + 1 if len(sessions) else 0
    return np.bincount(sessions[flags.to_numpy(bool)], minlength=count)


def _first_and_last(dates: pd.Series, firsts: Positions) -> tuple[Dates, Dates]:
    """Return the least and the greatest date of each session, from the positions of their first rows."""
    numbers, found = pd.factorize(dates.to_numpy(dtype=object), sort=True)
    if not len(firsts):
        return found, found
    return found[np.minimum.reduceat(numbers, firsts)], found[np.maximum.reduceat(numbers, firsts)]
