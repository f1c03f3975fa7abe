-- Grain: one row per day (UTC, of the session's start), channel, bot flag and currency.
with sessions as (
    -- one row per session of the touched days
    select
        session_id,
        session_date,
        channel,
        is_bot
    from warehouse.fact_sessions
    where session_date = any(%(session_dates)s)
),

session_orders as (
    -- one row per order that was placed in one of these sessions, whenever it was refunded
    select
        sessions.session_date,
        sessions.channel,
        sessions.is_bot,
        coalesce(fact_orders.currency, '(not set)') as currency,
        coalesce(fact_orders.value, 0) as value,
        fact_orders.refunded_value,
        fact_orders.refund_events_count,
        fact_orders.unvalued_refunds_count
    from sessions
    inner join warehouse.fact_events on sessions.session_id = fact_events.session_id
    inner join warehouse.fact_orders
        on fact_events.event_date = fact_orders.event_date and fact_events.event_id = fact_orders.event_id
    where
        fact_events.event_name = 'purchase'
        and fact_events.event_date between %(first_event_date)s and %(last_event_date)s
),

unknown_refunds as (
    -- one row per refund event of these sessions that names no order
    select
        sessions.session_date,
        sessions.channel,
        sessions.is_bot,
        coalesce(fact_events.currency, '(not set)') as currency
    from sessions
    inner join warehouse.fact_events on sessions.session_id = fact_events.session_id
    left join warehouse.fact_orders on fact_events.transaction_id = fact_orders.order_id
    where
        fact_events.event_name = 'refund'
        and fact_events.event_date between %(first_event_date)s and %(last_event_date)s
        and fact_orders.order_id is null
),

counted as (
    -- one row per order or unknown refund
    select
        session_date,
        channel,
        is_bot,
        currency,
        1 as orders_count,
        value,
        refunded_value,
        refund_events_count,
        unvalued_refunds_count,
        0 as unknown_refunds_count
    from session_orders
    union all
    select
        session_date,
        channel,
        is_bot,
        currency,
        0 as orders_count,
        0 as value,
        0 as refunded_value,
        0 as refund_events_count,
        0 as unvalued_refunds_count,
        1 as unknown_refunds_count
    from unknown_refunds
)

select
    session_date,
    channel,
    is_bot,
    currency,
    sum(orders_count) as orders_count,
    sum(value) as revenue,
    count(*) filter (where refund_events_count > 0) as refunded_orders_count,
    sum(refunded_value) as refunded_value,
    sum(value - refunded_value) as net_revenue,
    sum(refund_events_count) as refund_events_count,
    sum(unvalued_refunds_count) as unvalued_refunds_count,
    sum(unknown_refunds_count) as unknown_refunds_count
from counted
group by session_date, channel, is_bot, currency
