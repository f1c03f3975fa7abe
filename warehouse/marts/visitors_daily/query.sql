-- Grain: one row per day (UTC, of the session's start), visitor, channel, device category and bot flag.
select
    session_date,
    visitor_id,
    channel,
    device_category,
    is_bot,
    count(*) as sessions_count
from touched_sessions
group by session_date, visitor_id, channel, device_category, is_bot
