-- Grain: one row per day (UTC, of the session's start), channel, source, medium, campaign and bot flag. The
-- 500 sources, mediums and campaigns of a day with most sessions have rows of their own; the others of a
-- channel share the row (other).
with sessions as (
    -- one row per session of the touched days
    select
        sessions.session_id,
        sessions.session_date,
        sessions.channel,
        left(sessions.source, 100) as source,
        left(sessions.medium, 100) as medium,
        coalesce(left(sessions.campaign, 100), '(not set)') as campaign,
        sessions.visitor_id,
        sessions.started_at,
        sessions.ended_at,
        sessions.is_bot,
        sessions.is_engaged,
        sessions.page_views_count
    from warehouse.fact_sessions as sessions
    where sessions.session_date = any(%(session_dates)s)
),

session_orders as (
    -- one row per session with at least one order; a visitor has one session at a time
    select
        sessions.session_id,
        count(*) as purchases_count,
        -- an order that names no currency is taken to be in the reporting one
        coalesce(
            sum(orders.value) filter (
                where
                coalesce(orders.currency, reporting_currency.currency) = reporting_currency.currency
            ),
            0
        ) as revenue
    from sessions
    inner join warehouse.fact_orders as orders
        on
            sessions.visitor_id = orders.visitor_id
            and orders.event_at between sessions.started_at and sessions.ended_at
    cross join mart.reporting_currency
    group by sessions.session_id
),

sources as (
    -- one row per day and source, and whether it has a row of its own
    select
        session_date,
        channel,
        source,
        medium,
        campaign,
        row_number() over (
            partition by session_date
            order by
                count(*) filter (where not is_bot) desc, count(*) desc, channel asc, source asc, medium asc,
                campaign asc
        ) <= 500 as is_named
    from sessions
    group by session_date, channel, source, medium, campaign
)

select
    sessions.session_date,
    sessions.channel,
    case when sources.is_named then sessions.source else '(other)' end as source,
    case when sources.is_named then sessions.medium else '(other)' end as medium,
    case when sources.is_named then sessions.campaign else '(other)' end as campaign,
    sessions.is_bot,
    count(*) as sessions_count,
    count(*) filter (where sessions.is_engaged) as engaged_sessions_count,
    count(session_orders.session_id) as purchase_sessions_count,
    coalesce(sum(session_orders.purchases_count), 0) as purchases_count,
    sum(sessions.page_views_count) as page_views_count,
    coalesce(sum(session_orders.revenue), 0) as revenue
from sessions
inner join sources
    on
        sessions.session_date = sources.session_date
        and sessions.channel = sources.channel
        and sessions.source = sources.source
        and sessions.medium = sources.medium
        and sessions.campaign = sources.campaign
left join session_orders on sessions.session_id = session_orders.session_id
group by
    sessions.session_date, sessions.channel,
    case when sources.is_named then sessions.source else '(other)' end,
    case when sources.is_named then sessions.medium else '(other)' end,
    case when sources.is_named then sessions.campaign else '(other)' end,
    sessions.is_bot
