-- Grain: one row per day (UTC, of the session's start).
select
    session_date,
    count(*) as events_count,
    count(*) filter (where received_at - event_at > interval '1 hour') as hour_late_events_count,
    count(*) filter (where received_at - event_at > interval '1 day') as day_late_events_count,
    count(*) filter (where event_at <> event_time) as corrected_clock_events_count
from touched_events
group by session_date
