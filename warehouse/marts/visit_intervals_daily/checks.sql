-- Each query returns the rows that break a rule; none may return any.
with counted as (
    select
        visit_date,
        sum(sessions_count) as sessions_count
    from mart.visit_intervals_daily
    group by visit_date
),

known as (
    select
        session_date as visit_date,
        count(*) as sessions_count
    from warehouse.fact_sessions
    group by session_date
)

select 'every session is counted once, on its day' as rule
from counted
full join known on counted.visit_date = known.visit_date
where counted.sessions_count is distinct from known.sessions_count;

select 'first visits are the new sessions' as rule
where
    (
        select coalesce(sum(intervals.sessions_count), 0) from mart.visit_intervals_daily as intervals
        where intervals.days_since_previous is null
    )
    <> (
        select coalesce(sum(daily.sessions_count), 0) from mart.new_returning_daily as daily
        where daily.is_new
    );

select 'no visit is before the one before it' as rule
from mart.visit_intervals_daily
where days_since_previous < 0;
