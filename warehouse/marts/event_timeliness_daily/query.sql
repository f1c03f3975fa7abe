-- Grain: one row per day (UTC, of the session's start).
select
    sessions.session_date,
    count(*) as events_count,
    count(*) filter (
        where events.received_at - events.event_at > interval '1 hour'
    ) as hour_late_events_count,
    count(*) filter (
        where events.received_at - events.event_at > interval '1 day'
    ) as day_late_events_count,
    count(*) filter (where events.event_at <> events.event_time) as corrected_clock_events_count
from warehouse.fact_sessions as sessions
inner join warehouse.fact_events as events on sessions.session_id = events.session_id
where
    sessions.session_date = any(%(session_dates)s)
    and events.event_date between %(first_event_date)s and %(last_event_date)s
group by sessions.session_date
