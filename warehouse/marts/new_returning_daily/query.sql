-- Grain: one row per day (UTC, of the session's start), new or returning, channel, device category, bot flag.
with sessions as (
    -- one row per session of the touched days; it is new if none of its visitor's began before it
    select
        sessions.session_id,
        sessions.session_date,
        sessions.previous_at is null as is_new,
        sessions.channel,
        sessions.device_category,
        sessions.is_bot,
        sessions.is_engaged,
        sessions.page_views_count
    from warehouse.fact_sessions as sessions
    where sessions.session_date = any(%(session_dates)s)
),

session_orders as (
    -- one row per session with at least one order
    select
        sessions.session_id,
        count(*) as purchases_count,
        -- an order that names no currency is taken to be in the reporting one
        coalesce(
            sum(fact_orders.value) filter (
                where
                fact_orders.currency is null or fact_orders.currency = reporting_currency.currency
            ),
            0
        ) as revenue
    from sessions
    inner join warehouse.fact_events on sessions.session_id = fact_events.session_id
    inner join warehouse.fact_orders
        on fact_events.event_date = fact_orders.event_date and fact_events.event_id = fact_orders.event_id
    cross join mart.reporting_currency
    where
        fact_events.event_name = 'purchase'
        and fact_events.event_date between %(first_event_date)s and %(last_event_date)s
    group by sessions.session_id
)

select
    sessions.session_date,
    sessions.is_new,
    sessions.channel,
    sessions.device_category,
    sessions.is_bot,
    count(*) as sessions_count,
    count(*) filter (where sessions.is_engaged) as engaged_sessions_count,
    sum(sessions.page_views_count) as page_views_count,
    count(session_orders.session_id) as purchase_sessions_count,
    coalesce(sum(session_orders.purchases_count), 0) as purchases_count,
    coalesce(sum(session_orders.revenue), 0) as revenue
from sessions
left join session_orders on sessions.session_id = session_orders.session_id
group by
    sessions.session_date, sessions.is_new, sessions.channel, sessions.device_category, sessions.is_bot
