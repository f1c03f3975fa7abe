-- Grain: one row per hour (UTC, of the session's start), channel, device category and bot flag.
select
    date_trunc('hour', sessions.started_at, 'UTC') as session_hour,
    sessions.session_date,
    sessions.channel,
    sessions.device_category,
    sessions.is_bot,
    count(*) as sessions_count,
    count(*) filter (where sessions.is_engaged) as engaged_sessions_count,
    count(bought.session_id) as purchase_sessions_count,
    coalesce(sum(bought.purchases_count), 0) as purchases_count,
    sum(sessions.page_views_count) as page_views_count,
    sum(sessions.events_count) as events_count,
    coalesce(sum(bought.revenue), 0) as revenue
from touched_sessions as sessions
left join touched_purchases as bought on sessions.session_id = bought.session_id
group by
    date_trunc('hour', sessions.started_at, 'UTC'), sessions.session_date, sessions.channel,
    sessions.device_category, sessions.is_bot
