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

bought as (
    -- one row per session in which something was ordered
    select
        session_id,
        count(*) as purchases_count,
        coalesce(sum(value) filter (where is_summed), 0) as revenue
    from touched_orders
    group by session_id
),

visits as (
    -- the same, with what was ordered
    select
        sessions.*,
        coalesce(bought.purchases_count, 0) as purchases_count,
        coalesce(bought.revenue, 0) as revenue
    from sessions
    left join bought on sessions.session_id = bought.session_id
),

agents as (
    -- one row per day and kind of browser, and whether it has a row of its own
    select
        session_date,
        browser,
        operating_system,
        language,
        row_number() over (
            partition by session_date
            order by
                count(*) filter (where not is_bot) desc, count(*) desc, browser asc, operating_system asc,
                language asc
        ) <= 500 as is_named
    from sessions
    group by session_date, browser, operating_system, language
)

select
    visits.session_date,
    visits.device_category,
    visits.country,
    case when agents.is_named then visits.browser else '(other)' end as browser,
    case when agents.is_named then visits.operating_system else '(other)' end as operating_system,
    case when agents.is_named then visits.language else '(other)' end as language,
    visits.is_bot,
    count(*) as sessions_count,
    count(*) filter (where visits.is_engaged) as engaged_sessions_count,
    count(*) filter (where visits.purchases_count > 0) as purchase_sessions_count,
    sum(visits.purchases_count) as purchases_count,
    sum(visits.page_views_count) as page_views_count,
    sum(visits.revenue) as revenue
from visits
inner join agents
    on
        visits.session_date = agents.session_date
        and visits.browser = agents.browser
        and visits.operating_system = agents.operating_system
        and visits.language = agents.language
group by
    visits.session_date, visits.device_category, visits.country,
    case when agents.is_named then visits.browser else '(other)' end,
    case when agents.is_named then visits.operating_system else '(other)' end,
    case when agents.is_named then visits.language else '(other)' end,
    visits.is_bot
