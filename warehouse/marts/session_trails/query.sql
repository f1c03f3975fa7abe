-- Grain: one row per session, with its events in order: the session's start and the first 500 that say what
-- the visitor did. Events of equal time keep the client's order (event_sequence), then that of their ids.
with done as (
    -- one row per session in which something was done
    select
        events.session_id,
        count(*) as events_count,
        array_agg(events.event_name order by events.place) as event_names,
        array_agg(events.event_at order by events.place) as event_times
    from touched_events as events
    where events.event_name <> all(mart.events_left_out_of_trails())
    group by events.session_id
)

select
    sessions.session_date,
    sessions.session_id,
    sessions.visitor_id,
    sessions.channel,
    sessions.device_category,
    coalesce(sessions.country, '(not set)') as country,
    sessions.is_bot,
    array['session_start'] || coalesce(done.event_names[1:500], array[]::text[]) as event_names,
    array[sessions.started_at] || coalesce(done.event_times[1:500], array[]::timestamptz[]) as event_times,
    greatest(done.events_count - 500, 0) as cut_events_count
from touched_sessions as sessions
left join done on sessions.session_id = done.session_id
