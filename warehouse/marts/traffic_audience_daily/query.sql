-- Grain: one row per day (UTC, of the session's start), device category, country, browser, operating system,
-- language and bot flag. The 500 browsers, systems and languages of a day with most sessions have rows of
-- their own; the others of a device and country share the row (other).
with languages as (
    -- one row per session: the language of its first event, after which it is named
    select distinct on (session_id)
        session_id,
        language
    from touched_events
    where session_id = event_id
    order by session_id asc, event_at asc, event_date asc
),

sessions as (
    -- one row per session of the touched days
    select
        sessions.session_id,
        sessions.session_date,
        sessions.device_category,
        coalesce(sessions.country, '(not set)') as country,
        coalesce(left(sessions.browser, 100), '(not set)') as browser,
        coalesce(left(sessions.operating_system, 100), '(not set)') as operating_system,
        coalesce(lower(left(split_part(languages.language, '-', 1), 8)), '(not set)') as language,
        sessions.is_bot,
        sessions.is_engaged,
        sessions.page_views_count
    from touched_sessions as sessions
    left join languages on sessions.session_id = languages.session_id
),

counted as (
    -- the rows of the mart, before the names are bounded
    select
        sessions.session_date,
        sessions.device_category,
        sessions.country,
        sessions.browser,
        sessions.operating_system,
        sessions.language,
        sessions.is_bot,
        count(*) as sessions_count,
        count(*) filter (where sessions.is_engaged) as engaged_sessions_count,
        count(bought.session_id) as purchase_sessions_count,
        coalesce(sum(bought.purchases_count), 0) as purchases_count,
        sum(sessions.page_views_count) as page_views_count,
        coalesce(sum(bought.revenue), 0) as revenue
    from sessions
    left join touched_purchases as bought on sessions.session_id = bought.session_id
    group by
        sessions.session_date,
        sessions.device_category,
        sessions.country,
        sessions.browser,
        sessions.operating_system,
        sessions.language, sessions.is_bot
),

summed as (
    -- the same, with the sessions of all rows of these names
    select
        counted.*,
        coalesce(sum(counted.sessions_count) filter (where not counted.is_bot) over of_names, 0) as people,
        sum(counted.sessions_count) over of_names as everybody
    from counted
    window
        of_names as (
            partition by counted.session_date, counted.browser, counted.operating_system, counted.language
        )
),

named as (
    -- the same, with whether these names have rows of their own; to join them would take row by row
    select
        summed.*,
        dense_rank() over (
            partition by summed.session_date
            order by
                summed.people desc,
                summed.everybody desc,
                summed.browser asc,
                summed.operating_system asc,
                summed.language asc
        ) <= 500 as is_named
    from summed
)

select
    session_date,
    device_category,
    country,
    case when is_named then browser else '(other)' end as browser,
    case when is_named then operating_system else '(other)' end as operating_system,
    case when is_named then language else '(other)' end as language,
    is_bot,
    sum(sessions_count) as sessions_count,
    sum(engaged_sessions_count) as engaged_sessions_count,
    sum(purchase_sessions_count) as purchase_sessions_count,
    sum(purchases_count) as purchases_count,
    sum(page_views_count) as page_views_count,
    sum(revenue) as revenue
from named
group by
    session_date,
    device_category,
    country,
    case when is_named then browser else '(other)' end,
    case when is_named then operating_system else '(other)' end,
    case when is_named then language else '(other)' end,
    is_bot
