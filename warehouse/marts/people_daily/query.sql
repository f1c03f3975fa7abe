-- Grain: one row per day (UTC, of the session's start), person, channel, device category and bot flag.
-- Rows follow from the sessions of their person_id alone.
select
    session_date,
    person_id is not null as is_known,
    coalesce(person_id, visitor_id) as person_id,
    channel,
    device_category,
    is_bot,
    count(*) as sessions_count
from touched_sessions
group by
    session_date, person_id is not null, coalesce(person_id, visitor_id), channel, device_category, is_bot
