-- Grain: one row per day (UTC, of the session's start), channel, bot flag and currency.
with unknown_refunds as (
    -- one row per refund event of these sessions that names no order
    select
        events.session_date,
        events.channel,
        events.is_bot,
        coalesce(events.currency, '(not set)') as currency
    from touched_events as events
    left join warehouse.fact_orders as orders on events.transaction_id = orders.order_id
    where events.event_name = 'refund' and orders.order_id is null
),

counted as (
    -- one row per order that was placed in one of these sessions, whenever it was refunded, and per unknown
    -- refund
    select
        session_date,
        channel,
        is_bot,
        coalesce(currency, '(not set)') as currency,
        1 as orders_count,
        coalesce(value, 0) as value,
        refunded_value,
        refund_events_count,
        unvalued_refunds_count,
        0 as unknown_refunds_count
    from touched_orders
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
