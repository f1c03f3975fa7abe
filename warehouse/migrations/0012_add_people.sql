-- Whose the sessions of a browser are: docs/decisions/0027. A session stays the browser's; beside it stands
-- the account that it belongs to, as far as that follows from who signed in before, during and after it.
alter table warehouse.fact_sessions
-- of the accounts that signed in during the session `user_id` is the first; how many there are, and the last
add column users_count bigint not null default 0,
add column last_user_id text,
-- the account that the session belongs to; null: nobody's that is known
add column person_id text;

update warehouse.fact_sessions as sessions
set users_count = found.users_count, last_user_id = found.last_user_id
from (
    select
        session_id,
        count(distinct user_id) as users_count,
        (array_agg(user_id order by event_at desc, event_sequence desc nulls first, event_id desc))[1]
            as last_user_id
    from warehouse.fact_events
    where user_id is not null
    group by session_id
) as found
where sessions.session_id = found.session_id;

-- the sessions with a sign-in that lie nearest to another are found by it
create index fact_sessions_signed_in_idx on warehouse.fact_sessions (visitor_id, started_at)
where users_count > 0;

with nearest as (
    -- one row per session without a sign-in: who signed in last before it, and who first after it
    select
        sessions.session_id,
        (
            select earlier.last_user_id from warehouse.fact_sessions as earlier
            where
                earlier.visitor_id = sessions.visitor_id and earlier.users_count > 0
                and earlier.started_at < sessions.started_at
            order by earlier.started_at desc limit 1
        ) as before_user_id,
        (
            select later.user_id from warehouse.fact_sessions as later
            where
                later.visitor_id = sessions.visitor_id and later.users_count > 0
                and later.started_at > sessions.started_at
            order by later.started_at limit 1
        ) as after_user_id
    from warehouse.fact_sessions as sessions
    where
        sessions.users_count = 0
        and sessions.visitor_id in (
            select signed_in.visitor_id from warehouse.fact_sessions as signed_in
            where signed_in.users_count > 0
        )
),

people as (
    select
        session_id,
        coalesce(before_user_id, after_user_id) as person_id
    from nearest
    where coalesce(before_user_id, after_user_id) = coalesce(after_user_id, before_user_id)
    union all
    select
        session_id,
        user_id as person_id
    from warehouse.fact_sessions
    where users_count = 1
)

update warehouse.fact_sessions as sessions
set person_id = people.person_id
from people
where sessions.session_id = people.session_id;

create table mart.people_daily (
    session_date date not null,
    is_known boolean not null,
    person_id text not null,
    channel text not null,
    device_category text not null,
    is_bot boolean not null,
    sessions_count bigint not null,
    primary key (session_date, is_known, person_id, channel, device_category, is_bot)
);

alter table mart.people_daily set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 500,
    autovacuum_vacuum_scale_factor = 0.02
);

insert into mart.people_daily
(session_date, is_known, person_id, channel, device_category, is_bot, sessions_count)
select
    session_date,
    person_id is not null as is_known,
    coalesce(person_id, visitor_id) as person_id,
    channel,
    device_category,
    is_bot,
    count(*) as sessions_count
from warehouse.fact_sessions
group by
    session_date, person_id is not null, coalesce(person_id, visitor_id), channel, device_category, is_bot;
