"""Finds the days on which orders that stay as they are are credited to other visits than before.

An order is credited to its person's sessions of the time before it (docs/attribution.md), so that a session
that comes late, goes, or turns out to be somebody else's changes what later orders are credited to. Of each
person and browser of a batch the sessions from then on are looked at, as far as an order looks back.
"""

from collections.abc import Iterable
from datetime import date

import pandas as pd

from etl.database import Connection, copy_frame

_COLUMNS = ["visitor_id", "person_id", "started_at"]

# An order's session may have begun before the visit on another browser that led to it, but no day before.
_DATES = """
with changed as (
    select visitor_id, person_id, first_at - interval '1 day' as from_at,
        last_at + mart.attribution_lookback() as to_at
    from changed_people
),

later as (
    select sessions.session_date, sessions.visitor_id, sessions.started_at, sessions.ended_at
    from changed
    inner join warehouse.fact_sessions as sessions on sessions.person_id = changed.person_id
        and sessions.started_at between changed.from_at and changed.to_at
    union all
    select sessions.session_date, sessions.visitor_id, sessions.started_at, sessions.ended_at
    from changed
    inner join warehouse.fact_sessions as sessions on sessions.visitor_id = changed.visitor_id
        and sessions.started_at between changed.from_at and changed.to_at
    where changed.person_id is null and sessions.person_id is null
)

select distinct later.session_date
from later
where exists (
    select from warehouse.fact_orders as orders
    where orders.visitor_id = later.visitor_id
        and orders.event_at between later.started_at and later.ended_at
)
"""
# All of the browser's sessions came from nobody, and its person has none on another one.
_RENAMED = """
select candidates.visitor_id
from unnest(%(visitor_ids)s::text[], %(person_ids)s::text[], %(sessions_counts)s::bigint[])
    as candidates (visitor_id, person_id, sessions_count)
where
    candidates.sessions_count = (
        select count(*) from warehouse.fact_sessions as own where own.visitor_id = candidates.visitor_id
    )
    and not exists (
        select from warehouse.fact_sessions as others
        where others.person_id = candidates.person_id and others.visitor_id <> candidates.visitor_id
    )
"""
_DATES_AFTER = """
select distinct (changed_date + days.number)::date
from unnest(%s::date[]) as changed_date
cross join generate_series(0, extract(day from mart.attribution_lookback())::int + 1) as days (number)
"""


def dates_of_other_credits(connection: Connection, changed: Iterable[pd.DataFrame]) -> set[date]:
    """Return the session dates of orders to which one of these sessions may have led, or leads now.

    `changed` are frames with visitor_id, person_id and started_at of sessions that came, went, or belong to
    another person; each as it was before, and as it is now.
    """
    sessions = pd.concat([frame[_COLUMNS].astype(object) for frame in changed], ignore_index=True)
    if sessions.empty:
        return set()
    sessions["started_at"] = pd.to_datetime(sessions["started_at"], utc=True)
    # whoever is known is looked for on all browsers, once
    is_known = sessions["person_id"].notna()
    sessions["visitor_id"] = sessions["visitor_id"].where(~is_known, None)
    spans = sessions.groupby(["visitor_id", "person_id"], dropna=False, as_index=False).agg(
        first_at=("started_at", "min"), last_at=("started_at", "max")
    )
    connection.execute(
        "create temporary table changed_people (visitor_id text, person_id text, first_at timestamptz,"
        " last_at timestamptz) on commit drop"
    )
    copy_frame(connection, "changed_people", spans)
    connection.execute("analyze changed_people")
    dates = {row[0] for row in connection.execute(_DATES)}
    connection.execute("drop table changed_people")
    return dates


def without_renamed(
    connection: Connection, stitched: pd.DataFrame, gone: pd.DataFrame, written: pd.DataFrame
) -> pd.DataFrame:
    """Return the sessions that change hands, without those whose orders are credited as before.

    Who signs in for the first time, on the only browser, takes over all that was the browser's: its orders
    keep their visits, however long ago they were. What the batch wrote or removed (`gone`) counts as ever.
    """
    candidates = _candidates(stitched, gone)
    if candidates.empty:
        return stitched
    parameters = {
        "visitor_ids": candidates.index.tolist(),
        "person_ids": candidates["person_id"].tolist(),
        "sessions_counts": candidates["sessions_count"].tolist(),
    }
    renamed = [row[0] for row in connection.execute(_RENAMED, parameters)]
    is_old = ~pd.MultiIndex.from_frame(_places(stitched)).isin(pd.MultiIndex.from_frame(_places(written)))
    kept = stitched[~(stitched["visitor_id"].isin(renamed) & is_old)]
    theirs = gone.loc[gone["visitor_id"].isin(renamed), _COLUMNS].assign(old_person_id=None)
    theirs["person_id"] = theirs["visitor_id"].map(candidates["person_id"])
    return pd.concat([kept, theirs], ignore_index=True) if len(theirs) else kept


def _candidates(stitched: pd.DataFrame, gone: pd.DataFrame) -> pd.DataFrame:
    """Return person_id and sessions_count of browsers that went from nobody to one person, by visitor_id."""
    found = stitched.groupby("visitor_id").agg(
        person_id=("person_id", "first"),
        people_count=("person_id", lambda ids: ids.nunique(dropna=False)),
        owned_count=("old_person_id", "count"),
        sessions_count=("person_id", "size"),
    )
    owned = gone.loc[gone["person_id"].notna(), "visitor_id"]
    is_one = (found["people_count"] == 1) & (found["owned_count"] == 0) & found["person_id"].notna()
    return found[is_one & ~found.index.isin(owned)]


def _places(sessions: pd.DataFrame) -> pd.DataFrame:
    return sessions[["visitor_id", "started_at"]].assign(
        started_at=pd.to_datetime(sessions["started_at"], utc=True)
    )


def dates_after(connection: Connection, dates: Iterable[date]) -> set[date]:
    """Return all days whose orders may be credited to sessions of these days."""
    return {row[0] for row in connection.execute(_DATES_AFTER, [sorted(dates)])}
