-- Each query returns the rows that break a rule; none may return any.
with hourly as (
    select
        coalesce(sum(sessions_count), 0) as sessions_count,
        coalesce(sum(page_views_count), 0) as page_views_count,
        coalesce(sum(events_count), 0) as events_count
    from mart.traffic_hourly
    where is_bot
),

daily as (
    select
        coalesce(sum(sessions_count), 0) as sessions_count,
        coalesce(sum(page_views_count), 0) as page_views_count,
        coalesce(sum(events_count), 0) as events_count
    from mart.bots_daily
)

select 'every session of a bot is counted once, with its events' as rule
from hourly
cross join daily
where
    hourly.sessions_count <> daily.sessions_count
    or hourly.page_views_count <> daily.page_views_count
    or hourly.events_count <> daily.events_count;

select 'a day has at most 101 bots' as rule
from mart.bots_daily
group by session_date
having count(*) > 101;
