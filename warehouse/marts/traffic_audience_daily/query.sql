-- Grain: one row per day (UTC, of the session's start), device category, country, browser, operating system,
-- language and bot flag. The 500 browsers, systems and languages of a day with most sessions have rows of
-- their own; the others of a device and country share the row (other).
with languages as (
    -- one row per session: the language of its first event, after which it is named
    select distinct on (events.session_id)
        events.session_id,
        events.language
    from warehouse.fact_sessions as sessions
    inner join warehouse.fact_events as events
        on sessions.session_id = events.session_id and events.session_id = events.event_id
    where
        sessions.session_date = any(%(session_dates)s)
        and events.event_date between %(first_event_date)s and %(last_event_date)s
    order by events.session_id asc, events.event_at asc, events.event_date asc
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
        sessions.visitor_id,
        sessions.started_at,
        sessions.ended_at,
        sessions.is_bot,
        sessions.is_engaged,
        sessions.page_views_count
    from warehouse.fact_sessions as sessions
    left join languages on sessions.session_id = languages.session_id
    where sessions.session_date = any(%(session_dates)s)
),

visits as (
    -- the same, with what was ordered: a visitor has one session at a time. Each looks into the index, so
    -- that the cost follows these sessions and not the history
    select
        sessions.*,
        bought.purchases_count,
        bought.revenue
    from sessions
    cross join mart.reporting_currency
    cross join
        lateral (
            select
                count(*) as purchases_count,
                -- an order that names no currency is taken to be in the reporting one
                coalesce(
                    sum(orders.value) filter (
                        where
                        coalesce(orders.currency, reporting_currency.currency) = reporting_currency.currency
                    ),
                    0
                ) as revenue
            from warehouse.fact_orders as orders
            where
                sessions.visitor_id = orders.visitor_id
                and orders.event_at between sessions.started_at and sessions.ended_at
        ) as bought
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
