"""Tells each session of its visitor's first one, and of the one before it (docs/decisions/0031).

What comes late changes that of the next session of the visitor, or, if it comes before all others, of all
that follow. So what is counted of returns is read from a session alone, however long its visitor's past is.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from etl.database import Connection, fetch_frame

# What a session knows of its visitor's others.
VISIT_COLUMNS = ["first_at", "first_channel", "first_is_bot", "previous_at"]
_FIRST = ["first_at", "first_channel", "first_is_bot"]
_OF_FIRST = {"started_at": "first_at", "channel": "first_channel", "is_bot": "first_is_bot"}

# Of each visitor's sessions that stay: the earliest, with what it knows as the first until now.
_KEPT_FIRSTS = """
select
    changed.visitor_id, kept.started_at, kept.channel, kept.is_bot,
    kept.first_at, kept.first_channel, kept.first_is_bot
from unnest(%(visitor_ids)s::text[]) as changed (visitor_id)
cross join lateral (
    select sessions.* from warehouse.fact_sessions as sessions
    where sessions.visitor_id = changed.visitor_id
    order by sessions.started_at limit 1
) as kept
"""
# Of these the sessions that stay between what changed, with the nearest before and after.
_KEPT_AROUND = """
select
    kept.session_id::text, changed.visitor_id, kept.session_date, kept.started_at, kept.previous_at,
    kept.started_at < changed.from_at as is_before
from unnest(%(visitor_ids)s::text[], %(from_at)s::timestamptz[], %(to_at)s::timestamptz[])
    as changed (visitor_id, from_at, to_at)
cross join lateral (
    (
        select sessions.* from warehouse.fact_sessions as sessions
        where sessions.visitor_id = changed.visitor_id and sessions.started_at < changed.from_at
        order by sessions.started_at desc limit 1
    )
    union all
    select sessions.* from warehouse.fact_sessions as sessions
    where
        sessions.visitor_id = changed.visitor_id
        and sessions.started_at between changed.from_at and changed.to_at
    union all
    (
        select sessions.* from warehouse.fact_sessions as sessions
        where sessions.visitor_id = changed.visitor_id and sessions.started_at > changed.to_at
        order by sessions.started_at limit 1
    )
) as kept
"""
_SET_PREVIOUS = """
update warehouse.fact_sessions as sessions set previous_at = found.previous_at
from unnest(%(session_ids)s::uuid[], %(previous_at)s::timestamptz[]) as found (session_id, previous_at)
where sessions.session_id = found.session_id
"""
_SET_FIRST = """
update warehouse.fact_sessions as sessions
set first_at = found.first_at, first_channel = found.first_channel, first_is_bot = found.first_is_bot
from unnest(
    %(visitor_ids)s::text[], %(first_at)s::timestamptz[], %(first_channel)s::text[],
    %(first_is_bot)s::boolean[]
) as found (visitor_id, first_at, first_channel, first_is_bot)
where sessions.visitor_id = found.visitor_id
returning sessions.session_date
"""
_LINK = """
update warehouse.fact_sessions as sessions
set
    first_at = found.first_at, first_channel = found.first_channel, first_is_bot = found.first_is_bot,
    previous_at = found.previous_at
from (
    select
        linked.session_id, earliest.started_at as first_at, earliest.channel as first_channel,
        earliest.is_bot as first_is_bot, earlier.started_at as previous_at
    from warehouse.fact_sessions as linked
    cross join lateral (
        select s.started_at, s.channel, s.is_bot from warehouse.fact_sessions as s
        where s.visitor_id = linked.visitor_id
        order by s.started_at limit 1
    ) as earliest
    left join lateral (
        select s.started_at from warehouse.fact_sessions as s
        where s.visitor_id = linked.visitor_id and s.started_at < linked.started_at
        order by s.started_at desc limit 1
    ) as earlier on true
    where {which}
) as found
where
    sessions.session_id = found.session_id
    and (sessions.first_at, sessions.first_channel, sessions.first_is_bot, sessions.previous_at)
    is distinct from (found.first_at, found.first_channel, found.first_is_bot, found.previous_at)
returning sessions.session_date
"""
_LINK_DAYS = _LINK.format(which="linked.session_date = any(%(dates)s)")
# what an older ETL wrote, which does not know of it, and what it wrote it between
_LINK_FORGOTTEN = _LINK.format(
    which="linked.visitor_id in (select visitor_id from warehouse.fact_sessions where first_at is null)"
)


@dataclass(frozen=True)
class Visits:
    """The written sessions with `VISIT_COLUMNS`, and the days of others of which something else is known."""

    sessions: pd.DataFrame
    # days on which a session became new, or a returning one
    new_returning_dates: set[date]
    # days on which a session has another first or previous one
    visit_dates: set[date]


def settle_visits(connection: Connection, gone: pd.DataFrame, written: pd.DataFrame) -> Visits:
    """Say which sessions are the first of their visitors and the ones before, of what is written and kept.

    `gone` are sessions that fact_sessions no longer holds, `written` those that it does not hold yet; both
    have visitor_id and started_at.
    """
    forgotten_dates = {row[0] for row in connection.execute(_LINK_FORGOTTEN)}
    spans = _spans(gone, written)
    kept_firsts = fetch_frame(connection, _KEPT_FIRSTS, {"visitor_ids": spans.index.tolist()})
    kept = _kept_around(connection, spans.loc[spans.index.isin(kept_firsts["visitor_id"])])
    linked, changed = _with_previous(written, kept)
    firsts = _firsts(written, kept_firsts)
    moved_dates = _set_firsts(connection, _moved(firsts, kept_firsts))
    if not changed.empty:
        keys = {"session_ids": changed["session_id"].tolist(), "previous_at": _moments(changed["new_at"])}
        connection.execute(_SET_PREVIOUS, keys)
    is_other = changed["previous_at"].isna() != changed["new_at"].isna()
    return Visits(
        sessions=linked.merge(firsts, how="left", left_on="visitor_id", right_index=True),
        new_returning_dates=set(changed.loc[is_other, "session_date"]) | forgotten_dates,
        visit_dates=set(changed["session_date"]) | moved_dates | forgotten_dates,
    )


def link(connection: Connection, dates: list[date]) -> None:
    """Make right what the sessions of these days know of their visitors' others, whatever it was."""
    connection.execute(_LINK_DAYS, {"dates": dates})


def _spans(gone: pd.DataFrame, written: pd.DataFrame) -> pd.DataFrame:
    """Return when each visitor's changed sessions begin: from_at, to_at, indexed by visitor."""
    keys = ["visitor_id", "started_at"]
    changed = pd.concat([gone[keys].astype(object), written[keys].astype(object)])
    changed["started_at"] = _times(changed["started_at"])
    return changed.groupby("visitor_id").agg(from_at=("started_at", "min"), to_at=("started_at", "max"))


def _kept_around(connection: Connection, spans: pd.DataFrame) -> pd.DataFrame:
    bounds = {name: _moments(spans[name]) for name in spans.columns}
    kept = fetch_frame(connection, _KEPT_AROUND, {"visitor_ids": spans.index.tolist(), **bounds})
    for name in ("started_at", "previous_at"):
        kept[name] = _times(kept[name])
    return kept


def _with_previous(written: pd.DataFrame, kept: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the written sessions with `previous_at`, and the kept ones with another one in `new_at`."""
    keys = ["session_id", "visitor_id", "started_at"]
    every = pd.concat([written[keys].astype(object), kept[keys].astype(object)])
    every["started_at"] = _times(every["started_at"])
    every = every.sort_values(["visitor_id", "started_at"], kind="stable")
    every["new_at"] = every.groupby("visitor_id")["started_at"].shift()
    new_at = every.set_index("session_id")["new_at"]
    found = kept.assign(new_at=_of(new_at, kept))
    # what lies before the nearest one before is not known here, and the same as it was
    is_other = (found["new_at"] != found["previous_at"]) & (
        found["new_at"].notna() | found["previous_at"].notna()
    )
    is_inside = ~found["is_before"].astype(bool)
    linked = written.assign(previous_at=_of(new_at, written))
    return linked, found.loc[is_inside & is_other]


def _of(found: pd.Series, sessions: pd.DataFrame) -> pd.Series:
    """Return the moments of these sessions, from a series indexed by session_id."""
    return pd.Series(_times(found.reindex(sessions["session_id"])).array, index=sessions.index)


def _firsts(written: pd.DataFrame, kept_firsts: pd.DataFrame) -> pd.DataFrame:
    """Return `_FIRST` of each visitor, indexed by visitor."""
    columns = ["visitor_id", *_OF_FIRST]
    every = pd.concat([written[columns].astype(object), kept_firsts[columns].astype(object)])
    every["started_at"] = _times(every["started_at"])
    every = every.sort_values(["visitor_id", "started_at"], kind="stable").drop_duplicates("visitor_id")
    return every.set_index("visitor_id").rename(columns=_OF_FIRST)


def _moved(firsts: pd.DataFrame, kept_firsts: pd.DataFrame) -> pd.DataFrame:
    """Return the firsts of the visitors whose kept sessions know another one."""
    known = kept_firsts.set_index("visitor_id")[_FIRST]
    known["first_at"] = _times(known["first_at"])
    now = firsts.loc[known.index]
    return now[(now != known).any(axis="columns")]


def _set_firsts(connection: Connection, moved: pd.DataFrame) -> set[date]:
    if moved.empty:
        return set()
    values: dict[str, Any] = {
        "visitor_ids": moved.index.tolist(),
        "first_at": _moments(moved["first_at"]),
        "first_channel": moved["first_channel"].tolist(),
        "first_is_bot": moved["first_is_bot"].tolist(),
    }
    return {row[0] for row in connection.execute(_SET_FIRST, values)}


def _times(values: pd.Series) -> pd.Series:
    return pd.to_datetime(values, utc=True)


def _moments(values: pd.Series) -> list[Any]:
    return [None if pd.isna(at) else at for at in values]
