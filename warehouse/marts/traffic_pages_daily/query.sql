-- Grain: one row per day (UTC, of the session's start), page path, channel and bot flag. The 500 paths of a
-- day that most sessions viewed, entered or left by have rows of their own; the others share the row (other).
with sessions as (
    -- one row per session of the touched days
    select
        session_id,
        session_date,
        channel,
        is_bot,
        is_engaged,
        entry_page_path is null as is_without_page,
        coalesce(left(entry_page_path, 500), '(not set)') as entry_page_path
    from warehouse.fact_sessions
    where session_date = any(%(session_dates)s)
),

events as (
    -- one row per event of these sessions that is a page view or names its page
    select
        events.session_id,
        events.event_name = 'page_view' as is_page_view,
        events.page_path is not null as has_page,
        coalesce(left(events.page_path, 500), '(not set)') as page_path,
        -- 1 is the session's last event that names its page
        row_number() over (
            partition by events.session_id
            order by
                events.page_path is null asc, events.event_at desc,
                events.event_sequence desc nulls first, events.event_id desc
        ) as place_from_end
    from sessions
    inner join warehouse.fact_events as events on sessions.session_id = events.session_id
    where
        events.event_date between %(first_event_date)s and %(last_event_date)s
        and (events.event_name = 'page_view' or events.page_path is not null)
),

session_pages as (
    -- one row per session and page that it viewed, entered or left
    select
        found.session_id,
        found.page_path,
        sum(found.page_views_count) as page_views_count,
        sum(found.entrances_count) as entrances_count,
        sum(found.exits_count) as exits_count
    from (
        select
            session_id,
            page_path,
            count(*) filter (where is_page_view) as page_views_count,
            0 as entrances_count,
            count(*) filter (where place_from_end = 1 and has_page) as exits_count
        from events
        group by session_id, page_path
        union all
        select
            session_id,
            entry_page_path as page_path,
            0 as page_views_count,
            1 as entrances_count,
            -- a session without any page ends where it begins
            case when is_without_page then 1 else 0 end as exits_count
        from sessions
    ) as found
    group by found.session_id, found.page_path
    having sum(found.page_views_count + found.entrances_count + found.exits_count) > 0
),

pages as (
    -- one row per day and path, with its place
    select
        sessions.session_date,
        session_pages.page_path,
        row_number() over (
            partition by sessions.session_date
            order by
                count(*) filter (where not sessions.is_bot) desc, count(*) desc, session_pages.page_path asc
        ) as place
    from session_pages
    inner join sessions on session_pages.session_id = sessions.session_id
    group by sessions.session_date, session_pages.page_path
),

named as (
    -- one row per session and page, under the name that the page has in the mart
    select
        sessions.session_id,
        sessions.session_date,
        sessions.channel,
        sessions.is_bot,
        sessions.is_engaged,
        session_pages.page_views_count,
        session_pages.entrances_count,
        session_pages.exits_count,
        case when pages.place <= 500 then session_pages.page_path else '(other)' end as page_path
    from session_pages
    inner join sessions on session_pages.session_id = sessions.session_id
    inner join pages
        on sessions.session_date = pages.session_date and session_pages.page_path = pages.page_path
)

select
    session_date,
    page_path,
    channel,
    is_bot,
    sum(page_views_count) as page_views_count,
    count(distinct session_id) filter (where page_views_count > 0) as sessions_count,
    sum(entrances_count) as entrances_count,
    coalesce(sum(entrances_count) filter (where not is_engaged), 0) as bounces_count,
    sum(exits_count) as exits_count
from named
group by session_date, page_path, channel, is_bot
