-- Grain: one row per hour (UTC, of the session's start), channel, device category and bot flag.
with session_orders as (
    -- one row per session with at least one order
    select
        session_id,
        count(*) as purchases_count,
        coalesce(sum(value) filter (where is_summed), 0) as revenue
    from touched_orders
    group by session_id
)

select
    date_trunc('hour', sessions.started_at, 'UTC') as session_hour,
    sessions.session_date,
    sessions.channel,
    sessions.device_category,
    sessions.is_bot,
    count(*) as sessions_count,
    count(*) filter (where sessions.is_engaged) as engaged_sessions_count,
    count(session_orders.session_id) as purchase_sessions_count,
    coalesce(sum(session_orders.purchases_count), 0) as purchases_count,
    sum(sessions.page_views_count) as page_views_count,
    sum(sessions.events_count) as events_count,
    coalesce(sum(session_orders.revenue), 0) as revenue
from touched_sessions as sessions
left join session_orders on sessions.session_id = session_orders.session_id
group by
    date_trunc('hour', sessions.started_at, 'UTC'), sessions.session_date, sessions.channel,
    sessions.device_category, sessions.is_bot
