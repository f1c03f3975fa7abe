-- Each query returns the rows that break a rule; none may return any.
with counted as (
    select
        session_date,
        sum(sessions_count) as sessions_count
    from mart.new_returning_daily
    group by session_date
),

known as (
    select
        session_date,
        count(*) as sessions_count
    from warehouse.fact_sessions
    group by session_date
)

select 'every session is counted once, on its day' as rule
from counted
full join known on counted.session_date = known.session_date
where counted.sessions_count is distinct from known.sessions_count;

with counted as (
    select
        session_date,
        sum(sessions_count) as sessions_count
    from mart.new_returning_daily
    where is_new
    group by session_date
),

first_sessions as (
    select min(session_date) as session_date
    from warehouse.fact_sessions
    group by visitor_id
),

known as (
    select
        session_date,
        count(*) as sessions_count
    from first_sessions
    group by session_date
)

select 'every visitor is new once, on the day of the first session' as rule
from counted
full join known on counted.session_date = known.session_date
where counted.sessions_count is distinct from known.sessions_count;

select 'orders are those of traffic_hourly' as rule
where
    (select coalesce(sum(daily.purchases_count), 0) from mart.new_returning_daily as daily)
    <> (select coalesce(sum(hours.purchases_count), 0) from mart.traffic_hourly as hours);

select 'sessions that bought are those of traffic_hourly' as rule
where
    (select coalesce(sum(daily.purchase_sessions_count), 0) from mart.new_returning_daily as daily)
    <> (select coalesce(sum(hours.purchase_sessions_count), 0) from mart.traffic_hourly as hours);

select 'revenue is that of traffic_hourly' as rule
where
    (select coalesce(sum(daily.revenue), 0) from mart.new_returning_daily as daily)
    <> (select coalesce(sum(hours.revenue), 0) from mart.traffic_hourly as hours);
