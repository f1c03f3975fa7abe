-- Of each session the visitor's first one and the one before it: docs/decisions/0031. So what is counted of
-- returns needs no look into the past, and what comes late changes the sessions around it only.
alter table warehouse.fact_sessions
-- when the visitor's first session that the warehouse knows began, its channel, and whether it is a bot's
add column first_at timestamptz,
add column first_channel text,
add column first_is_bot boolean,
-- when the visitor's session before this one began; null: there is none
add column previous_at timestamptz;

update warehouse.fact_sessions as sessions
set
    first_at = found.first_at,
    first_channel = found.first_channel,
    first_is_bot = found.first_is_bot,
    previous_at = found.previous_at
from (
    select
        session_id,
        first_value(started_at) over visits as first_at,
        first_value(channel) over visits as first_channel,
        first_value(is_bot) over visits as first_is_bot,
        lag(started_at) over visits as previous_at
    from warehouse.fact_sessions
    window visits as (partition by visitor_id order by started_at)
) as found
where sessions.session_id = found.session_id;

-- what an ETL wrote that does not know these columns yet; the next one that does finds it here
create index fact_sessions_unlinked_idx on warehouse.fact_sessions (session_date) where first_at is null;

-- How long after their last visit visitors come again. Days that were loaded before have rows once they
-- change or are replayed.
create table mart.visit_intervals_daily (
    visit_date date not null,
    -- null: a first visit
    days_since_previous integer,
    channel text not null,
    device_category text not null,
    is_bot boolean not null,
    sessions_count bigint not null,
    unique nulls not distinct (visit_date, days_since_previous, channel, device_category, is_bot)
);

alter table mart.visit_intervals_daily set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 500,
    autovacuum_vacuum_scale_factor = 0.02
);

-- How many visitors had so many sessions in a range of days.
create function mart.visit_frequency(from_date date, to_date date, with_bots boolean default false)
returns table (sessions_count integer, visitors_count bigint)
language sql stable parallel safe security invoker
as $$
with visitors as (
    -- one row per visitor of the range
    select sum(visitors_daily.sessions_count) as sessions_count
    from mart.visitors_daily
    where
        visitors_daily.session_date between from_date and to_date
        and (with_bots or not visitors_daily.is_bot)
    group by visitors_daily.visitor_id
)

select
    least(visitors.sessions_count, 20)::integer as sessions_count,
    count(*) as visitors_count
from visitors
group by least(visitors.sessions_count, 20)
order by least(visitors.sessions_count, 20)
$$;

revoke all on function mart.visit_frequency(date, date, boolean) from public;
grant execute on function mart.visit_frequency(date, date, boolean) to warehouse_reader;
