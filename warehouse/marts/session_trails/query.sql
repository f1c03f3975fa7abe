-- Grain: one row per session, with its events in order: the session's start and the first 500 that say what
-- the visitor did. Events of equal time keep the client's order (event_sequence), then that of their ids.
with sessions as (
    -- one row per session of the touched days
    select
        session_id,
        session_date,
        started_at,
        visitor_id,
        channel,
        device_category,
        country,
        is_bot
    from warehouse.fact_sessions
    where session_date = any(%(session_dates)s)
),

done as (
    -- one row per session in which something was done
    select
        sessions.session_id,
        count(*) as events_count,
        array_agg(
            events.event_name
            order by events.event_at asc, events.event_sequence asc nulls last, events.event_id asc
        ) as event_names,
        array_agg(
            events.event_at
            order by events.event_at asc, events.event_sequence asc nulls last, events.event_id asc
        ) as event_times
    from sessions
    inner join warehouse.fact_events as events on sessions.session_id = events.session_id
    where
        events.event_date between %(first_event_date)s and %(last_event_date)s
        and events.event_name <> all(mart.events_left_out_of_trails())
    group by sessions.session_id
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
from sessions
left join done on sessions.session_id = done.session_id
