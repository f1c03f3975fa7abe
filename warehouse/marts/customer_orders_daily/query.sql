-- Grain: one row per day (UTC, of the start of the order's session), customer and bot flag.
-- Rows follow from the sessions of their customer_id alone.
with session_orders as (
    -- one row per order that was placed in a session of the touched days
    select
        sessions.session_date,
        sessions.person_id is not null as is_known,
        coalesce(sessions.person_id, sessions.visitor_id) as customer_id,
        sessions.is_bot,
        orders.is_summed,
        coalesce(orders.value, 0) - orders.refunded_value as net_value
    from touched_sessions as sessions
    inner join touched_orders as orders on sessions.session_id = orders.session_id
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
