-- Grain: one row per day (UTC, of the session's start), new or returning, channel, device category, bot flag.
with sessions as (
    -- one row per session of the touched days; it is new if none of its visitor's began before it
    select
        sessions.session_id,
        sessions.session_date,
        sessions.previous_at is null as is_new,
        sessions.channel,
        sessions.device_category,
        sessions.is_bot,
        sessions.is_engaged,
        sessions.page_views_count
    from touched_sessions as sessions
)

select
    sessions.session_date,
    sessions.is_new,
    sessions.channel,
    sessions.device_category,
    sessions.is_bot,
    count(*) as sessions_count,
    count(*) filter (where sessions.is_engaged) as engaged_sessions_count,
    sum(sessions.page_views_count) as page_views_count,
    count(bought.session_id) as purchase_sessions_count,
    coalesce(sum(bought.purchases_count), 0) as purchases_count,
    coalesce(sum(bought.revenue), 0) as revenue
from sessions
left join touched_purchases as bought on sessions.session_id = bought.session_id
group by
    sessions.session_date, sessions.is_new, sessions.channel, sessions.device_category, sessions.is_bot
