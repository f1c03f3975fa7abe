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
    from touched_sessions
),

exits as (
    -- one row per session with a page: its last event that names its page
    select
        session_id,
        max(place) as place
    from touched_events
    where page_path is not null
    group by session_id
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
            events.session_id,
            coalesce(left(events.page_path, 500), '(not set)') as page_path,
            count(*) filter (where events.event_name = 'page_view') as page_views_count,
            0 as entrances_count,
            count(exits.place) as exits_count
        from touched_events as events
        left join exits on events.session_id = exits.session_id and events.place = exits.place
        where events.event_name = 'page_view' or exits.place is not null
        group by events.session_id, coalesce(left(events.page_path, 500), '(not set)')
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
        sessions.session_date,
        sessions.channel,
        sessions.is_bot,
        sessions.is_engaged,
        case when pages.place <= 500 then session_pages.page_path else '(other)' end as page_path,
        sum(session_pages.page_views_count) as page_views_count,
        sum(session_pages.entrances_count) as entrances_count,
        sum(session_pages.exits_count) as exits_count
    from session_pages
    inner join sessions on session_pages.session_id = sessions.session_id
    inner join pages
        on sessions.session_date = pages.session_date and session_pages.page_path = pages.page_path
    group by
        sessions.session_id, sessions.session_date, sessions.channel, sessions.is_bot, sessions.is_engaged,
        case when pages.place <= 500 then session_pages.page_path else '(other)' end
)

select
    session_date,
    page_path,
    channel,
    is_bot,
    sum(page_views_count) as page_views_count,
    count(*) filter (where page_views_count > 0) as sessions_count,
    sum(entrances_count) as entrances_count,
    coalesce(sum(entrances_count) filter (where not is_engaged), 0) as bounces_count,
    sum(exits_count) as exits_count
from named
group by session_date, page_path, channel, is_bot
