-- Of each session the visitor's first one and the one before it: docs/decisions/0032. So what is counted of
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

-- How many visitors of a cohort came back when. Days that were loaded before have rows once they change or
-- are replayed.
create table mart.retention_daily (
    visit_date date not null,
    -- day, week, month (of the calendar, UTC), rolling_day, rolling_week (of the visitor's own clock)
    cohort_kind text not null,
    -- the first day of the cohort's day, ISO week or month
    cohort_date date not null,
    -- 0 is the period of the first visit
    period_number integer not null,
    -- of the first visit
    channel text not null,
    is_bot boolean not null,
    visitors_count bigint not null,
    primary key (visit_date, cohort_kind, cohort_date, period_number, channel, is_bot)
);

create index retention_daily_cohort_idx on mart.retention_daily (cohort_kind, cohort_date);

-- How long after their last visit visitors come again.
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

alter table mart.retention_daily set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 500,
    autovacuum_vacuum_scale_factor = 0.02
);
alter table mart.visit_intervals_daily set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 500,
    autovacuum_vacuum_scale_factor = 0.02
);

-- Cohorts by their first visit, and how many of their visitors came in each period since: also where nobody
-- did. A period is complete when it is over for all of the cohort, and loaded.
create function mart.retention(
    of_kind text,
    from_date date,
    to_date date,
    of_channel text default null,
    with_bots boolean default false
)
returns table (
    cohort_date date,
    cohort_size bigint,
    period_number integer,
    period_end timestamptz,
    retained_count bigint,
    is_complete boolean
)
language sql stable parallel safe security invoker
as $$
with counted as materialized (
    -- one row per cohort and period in which anybody came
    select
        retention_daily.cohort_date,
        retention_daily.period_number,
        sum(retention_daily.visitors_count)::bigint as visitors_count
    from mart.retention_daily
    where
        retention_daily.cohort_kind = of_kind
        and retention_daily.cohort_date between from_date and to_date
        and (of_channel is null or retention_daily.channel = of_channel)
        and (with_bots or not retention_daily.is_bot)
    group by retention_daily.cohort_date, retention_daily.period_number
),

lengths as (
    -- one row: the length of a period, how long after its cohort's a visitor's own periods may begin, until
    -- when a cohort is followed, and how far the data reach
    select
        case
            when of_kind in ('day', 'rolling_day') then interval '1 day'
            when of_kind in ('week', 'rolling_week') then interval '7 days'
            else interval '1 month'
        end as period,
        case
            when of_kind = 'rolling_day' then interval '1 day'
            when of_kind = 'rolling_week' then interval '7 days'
            else interval '0'
        end as delay,
        case when of_kind in ('day', 'rolling_day') then interval '90 days' end as followed,
        freshness.complete_to at time zone 'UTC' as complete_to
    from mart.freshness
),

periods as (
    -- one row per cohort and period that has begun
    select
        counted.cohort_date,
        counted.visitors_count as cohort_size,
        begun.place - 1 as period_number,
        begun.period_start + lengths.period + lengths.delay as period_end,
        lengths.complete_to
    from counted
    cross join lengths
    cross join lateral generate_series(
        counted.cohort_date::timestamp,
        greatest(
            counted.cohort_date,
            least(lengths.complete_to - interval '1 microsecond', counted.cohort_date + lengths.followed)
        ),
        lengths.period
    ) with ordinality as begun (period_start, place)
    where counted.period_number = 0
)

select
    periods.cohort_date,
    periods.cohort_size,
    periods.period_number::integer as period_number,
    periods.period_end at time zone 'UTC' as period_end,
    coalesce(counted.visitors_count, 0) as retained_count,
    coalesce(periods.period_end <= periods.complete_to, false) as is_complete
from periods
left join counted
    on periods.cohort_date = counted.cohort_date and periods.period_number = counted.period_number
order by periods.cohort_date, periods.period_number
$$;

revoke all on function mart.retention(text, date, date, text, boolean) from public;
grant execute on function mart.retention(text, date, date, text, boolean) to warehouse_reader;

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
