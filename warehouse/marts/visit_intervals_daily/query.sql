-- Grain: one row per day of visit (UTC, of the session's start), days since the visitor's session before it,
-- channel, device category and bot flag.
select
    session_date as visit_date,
    session_date - (previous_at at time zone 'UTC')::date as days_since_previous,
    channel,
    device_category,
    is_bot,
    count(*) as sessions_count
from warehouse.fact_sessions
where session_date = any(%(visit_dates)s)
group by
    session_date, session_date - (previous_at at time zone 'UTC')::date, channel, device_category, is_bot
