-- Grain: one row per day (UTC, of the session's start), product, channel and bot flag. Of a day's products
-- the 1,000 that most was done with, those that were bought first, have rows of their own; the others share
-- the row (other).
with session_events as (
    -- one row per view and cart event, and per order: of its purchase events the one that fact_orders names
    select
        sessions.session_id,
        sessions.session_date,
        sessions.channel,
        sessions.is_bot,
        events.event_date,
        events.event_id,
        events.event_name,
        coalesce(orders.currency, reporting_currency.currency) = reporting_currency.currency as is_summed
    from warehouse.fact_sessions as sessions
    inner join warehouse.fact_events as events on sessions.session_id = events.session_id
    left join warehouse.fact_orders as orders
        on events.event_date = orders.event_date and events.event_id = orders.event_id
    cross join mart.reporting_currency
    where
        sessions.session_date = any(%(session_dates)s)
        and events.event_date between %(first_event_date)s and %(last_event_date)s
        and (
            events.event_name in ('view_item', 'add_to_cart')
            or (events.event_name = 'purchase' and orders.order_id is not null)
        )
),

event_products as (
    -- one row per event and product, however many of its lines name it
    select
        found.session_id,
        found.session_date,
        found.channel,
        found.is_bot,
        found.event_id,
        found.event_name,
        coalesce(items.item_id, items.item_name, '(not set)') as item_id,
        min(items.item_name) as item_name,
        min(items.item_category) as item_category,
        -- no quantity is one, as in Google Analytics 4
        sum(coalesce(items.quantity, 1)) as quantity,
        coalesce(sum(items.item_value) filter (where found.is_summed), 0) as revenue,
        coalesce(
            sum(coalesce(items.quantity, 1)) filter (where items.item_value is null or not found.is_summed), 0
        ) as unpriced_quantity
    from session_events as found
    inner join warehouse.fact_event_items as items
        on found.event_date = items.event_date and found.event_id = items.event_id
    -- the same days once more: this table has no partitions, and its key begins with the day
    where items.event_date between %(first_event_date)s and %(last_event_date)s
    group by
        found.session_id, found.session_date, found.channel, found.is_bot, found.event_id, found.event_name,
        coalesce(items.item_id, items.item_name, '(not set)')
),

products as (
    -- one row per day and product, with its place; what most events of the day call it (of equals the first)
    select
        session_date,
        item_id,
        mode() within group (order by item_name) as item_name,
        mode() within group (order by item_category) as item_category,
        row_number() over (
            partition by session_date
            order by
                count(*) filter (where event_name = 'purchase' and not is_bot) desc,
                count(*) filter (where not is_bot) desc, count(*) desc, item_id asc
        ) as place
    from event_products
    group by session_date, item_id
),

named as (
    -- one row per event and product, under the name that it has in the mart
    select
        event_products.session_id,
        event_products.session_date,
        event_products.channel,
        event_products.is_bot,
        event_products.event_name,
        event_products.quantity,
        event_products.revenue,
        event_products.unpriced_quantity,
        case when products.place <= 1000 then products.item_id else '(other)' end as item_id,
        case when products.place <= 1000 then products.item_name end as item_name,
        case when products.place <= 1000 then left(products.item_category, 200) end as item_category
    from event_products
    -- each has its partner in the other; written so because a full join is never planned as a loop, which
    -- would make `products` again for each row: the planner expects a single one, and there are thousands
    full join products
        on event_products.session_date = products.session_date and event_products.item_id = products.item_id
)

select
    session_date,
    item_id,
    -- the same in all rows of the product's day, but for a product that calls itself (other)
    min(item_name) as item_name,
    min(item_category) as item_category,
    channel,
    is_bot,
    count(*) filter (where event_name = 'view_item') as views_count,
    count(*) filter (where event_name = 'add_to_cart') as add_to_carts_count,
    count(*) filter (where event_name = 'purchase') as purchases_count,
    coalesce(sum(quantity) filter (where event_name = 'purchase'), 0) as quantity,
    coalesce(sum(revenue) filter (where event_name = 'purchase'), 0) as revenue,
    coalesce(sum(unpriced_quantity) filter (where event_name = 'purchase'), 0) as unpriced_quantity,
    count(distinct session_id) filter (where event_name = 'view_item') as view_sessions_count,
    count(distinct session_id) filter (where event_name = 'add_to_cart') as cart_sessions_count,
    count(distinct session_id) filter (where event_name = 'purchase') as purchase_sessions_count
from named
group by session_date, item_id, channel, is_bot
