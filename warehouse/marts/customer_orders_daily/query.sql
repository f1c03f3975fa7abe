-- Grain: one row per day (UTC, of the start of the order's session), customer and bot flag.
with session_orders as (
    -- one row per order that was placed in a session of the touched days
    select
        sessions.session_date,
        sessions.person_id is not null as is_known,
        coalesce(sessions.person_id, sessions.visitor_id) as customer_id,
        sessions.is_bot,
        coalesce(orders.value, 0) - orders.refunded_value as net_value,
        -- an order that names no currency is taken to be in the reporting one
        coalesce(orders.currency, reporting_currency.currency) = reporting_currency.currency as is_summed
    from warehouse.fact_sessions as sessions
    inner join warehouse.fact_events as events on sessions.session_id = events.session_id
    inner join warehouse.fact_orders as orders
        on events.event_date = orders.event_date and events.event_id = orders.event_id
    cross join mart.reporting_currency
    where
        sessions.session_date = any(%(session_dates)s)
        and events.event_name = 'purchase'
        and events.event_date between %(first_event_date)s and %(last_event_date)s
)

select
    session_date,
    is_known,
    customer_id,
    is_bot,
    count(*) as orders_count,
    coalesce(sum(net_value) filter (where is_summed), 0) as net_revenue,
    count(*) filter (where not is_summed) as other_currency_orders_count
from session_orders
group by session_date, is_known, customer_id, is_bot
