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

alter table mart.retention_daily set (
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
        freshness.complete_to at time zone 'UTC' as complete_to,
        -- what is loaded of a day shows also before the day is complete
        greatest(
            freshness.complete_to at time zone 'UTC' - interval '1 microsecond',
            freshness.last_session_date
        ) as reached_at
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
            least(lengths.reached_at, counted.cohort_date + lengths.followed)
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
