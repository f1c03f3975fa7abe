"""Says whose the sessions of a browser are, from who signed in during, before and after them.

A session with one account is that account's, one with several is nobody's. A session without any belongs to
the account that signed in last before it, if nobody else is the first to sign in after it; to the first one
after it, if there is none before. So nothing is ever said across another account's sign-in, and no more of a
browser's past is looked at than lies between the sign-ins around what changed (docs/decisions/0027).
"""

import pandas as pd

from etl.database import Connection, copy_frame, fetch_frame

# Of each browser: from the last sign-in before what changed to the first one after it. If nobody signed in
# or ceased to, what changed is all there is to look at.
_SETTLE = """
with bounds as (
    select
        changed.visitor_id, changed.first_at, changed.last_at, changed.has_user,
        earlier.started_at as before_at, earlier.last_user_id as before_user_id,
        later.started_at as after_at, later.user_id as after_user_id
    from changed_visitors as changed
    left join lateral (
        select sessions.started_at, sessions.last_user_id from warehouse.fact_sessions as sessions
        where
            sessions.visitor_id = changed.visitor_id and sessions.users_count > 0
            and sessions.started_at < changed.first_at
        order by sessions.started_at desc limit 1
    ) as earlier on true
    left join lateral (
        select sessions.started_at, sessions.user_id from warehouse.fact_sessions as sessions
        where
            sessions.visitor_id = changed.visitor_id and sessions.users_count > 0
            and sessions.started_at > changed.last_at
        order by sessions.started_at limit 1
    ) as later on true
),

found as (
    select
        sessions.session_id, sessions.visitor_id, sessions.started_at, sessions.users_count, sessions.user_id,
        sessions.last_user_id, sessions.person_id as old_person_id, bounds.before_user_id,
        bounds.after_user_id,
        count(sessions.user_id) over (
            partition by sessions.visitor_id order by sessions.started_at
        ) as sign_ins,
        count(sessions.user_id) over (
            partition by sessions.visitor_id order by sessions.started_at desc
        ) as sign_ins_to_come
    from bounds
    inner join warehouse.fact_sessions as sessions
        on sessions.visitor_id = bounds.visitor_id
        and sessions.started_at >= case
            when bounds.has_user then coalesce(bounds.before_at, '-infinity') else bounds.first_at
        end
        and sessions.started_at <= case
            when bounds.has_user then coalesce(bounds.after_at, 'infinity') else bounds.last_at
        end
),

nearest as (
    select
        session_id, users_count, user_id, old_person_id,
        coalesce(
            max(last_user_id) over (partition by visitor_id, sign_ins), before_user_id
        ) as before_user_id,
        coalesce(
            max(user_id) over (partition by visitor_id, sign_ins_to_come), after_user_id
        ) as after_user_id
    from found
),

people as (
    select
        session_id,
        old_person_id,
        case
            when users_count = 1 then user_id
            when users_count > 1 then null
            when before_user_id is null then after_user_id
            when after_user_id is null or after_user_id = before_user_id then before_user_id
        end as person_id
    from nearest
)

update warehouse.fact_sessions as sessions set person_id = people.person_id
from people
where sessions.session_id = people.session_id and sessions.person_id is distinct from people.person_id
returning
    sessions.session_date, sessions.visitor_id, sessions.started_at, sessions.person_id, people.old_person_id
"""


_STITCHED = ["session_date", "visitor_id", "started_at", "person_id", "old_person_id"]


def settle_people(connection: Connection, changed: pd.DataFrame) -> pd.DataFrame:
    """Say whose the sessions are around those that came or went; return the sessions that change hands.

    `changed` has visitor_id, started_at and users_count, one row per session that was removed or written; of
    those that are returned the person is told as it is and as it was (old_person_id).
    """
    if changed.empty:
        return pd.DataFrame(columns=_STITCHED, dtype=object)
    visitors = (
        changed.astype({"started_at": "datetime64[us, UTC]", "users_count": "int64"})
        .groupby("visitor_id", as_index=False)
        .agg(
            first_at=("started_at", "min"), last_at=("started_at", "max"), users_count=("users_count", "max")
        )
    )
    visitors["has_user"] = visitors.pop("users_count") > 0
    connection.execute(
        "create temporary table changed_visitors (visitor_id text, first_at timestamptz, last_at timestamptz,"
        " has_user boolean) on commit drop"
    )
    copy_frame(connection, "changed_visitors", visitors)
    connection.execute("analyze changed_visitors")
    stitched = fetch_frame(connection, _SETTLE)
    connection.execute("drop table changed_visitors")
    return stitched
