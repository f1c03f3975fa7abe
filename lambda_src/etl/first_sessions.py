"""Finds the days on which a session that stays as it is becomes its visitor's first one, or no longer is it.

Of the sessions that a batch leaves alone only a visitor's earliest can change so, by what now begins before
it or no longer does. One look into the index for each visitor says which it is, however long the past.
"""

from datetime import date

import pandas as pd

from etl.database import Connection

_DATES = """
select distinct kept.session_date
from unnest(%(visitor_ids)s::text[], %(gone_at)s::timestamptz[], %(written_at)s::timestamptz[])
    as changed (visitor_id, gone_at, written_at)
cross join lateral (
    select sessions.session_date, sessions.started_at
    from warehouse.fact_sessions as sessions
    where sessions.visitor_id = changed.visitor_id
    order by sessions.started_at
    limit 1
) as kept
where
    coalesce(changed.gone_at < kept.started_at, false)
    <> coalesce(changed.written_at < kept.started_at, false)
"""


def dates_of_other_firsts(connection: Connection, gone: pd.DataFrame, written: pd.DataFrame) -> set[date]:
    """Return the session dates of kept sessions that are their visitor's first before or after, not both.

    `gone` are sessions that fact_sessions no longer holds, `written` those that it does not hold yet; both
    have visitor_id and started_at.
    """
    firsts = pd.DataFrame(
        {"gone_at": _first_starts(gone), "written_at": _first_starts(written)}, dtype=object
    )
    # mostly a session goes on as it began
    moved = firsts[firsts["gone_at"] != firsts["written_at"]]
    if moved.empty:
        return set()
    starts = {name: [None if pd.isna(at) else at for at in moved[name]] for name in moved.columns}
    return {row[0] for row in connection.execute(_DATES, {"visitor_ids": moved.index.tolist(), **starts})}


def _first_starts(sessions: pd.DataFrame) -> pd.Series:
    """Return when each visitor's first of these sessions began, indexed by visitor."""
    starts = pd.to_datetime(sessions["started_at"], utc=True)
    return starts.groupby(sessions["visitor_id"]).min()
