-- Grain: one row per day (UTC, of the session's start) and bot. The 100 bots of a day with most sessions have
-- rows of their own; the others share the row (other).
with named as (
    -- one row per session of a bot
    select
        session_date,
        coalesce(left(bot_name, 100), '(not set)') as bot_name,
        page_views_count,
        events_count
    from touched_sessions
    where is_bot
),

bots as (
    -- one row per day and bot
    select
        session_date,
        bot_name,
        count(*) as sessions_count,
        sum(page_views_count) as page_views_count,
        sum(events_count) as events_count,
        row_number() over (partition by session_date order by count(*) desc, bot_name asc) as place
    from named
    group by session_date, bot_name
)

select
    session_date,
    case when place <= 100 then bot_name else '(other)' end as bot_name,
    sum(sessions_count) as sessions_count,
    sum(page_views_count) as page_views_count,
    sum(events_count) as events_count
from bots
group by session_date, case when place <= 100 then bot_name else '(other)' end
