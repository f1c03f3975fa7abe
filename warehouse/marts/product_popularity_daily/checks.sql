-- Each query returns the rows that break a rule; none may return any.
select 'every unit of an order is counted once' as rule
where
    (select coalesce(sum(p.quantity), 0) from mart.product_popularity_daily as p)
    <> (
        select coalesce(sum(coalesce(items.quantity, 1)), 0)
        from warehouse.fact_orders as orders
        inner join warehouse.fact_event_items as items
            on orders.event_date = items.event_date and orders.event_id = items.event_id
    );

select 'revenue is that of the orders'' items in the reporting currency' as rule
where
    (select coalesce(sum(p.revenue), 0) from mart.product_popularity_daily as p)
    <> (
        select coalesce(sum(items.item_value), 0)
        from warehouse.fact_orders as orders
        inner join warehouse.fact_event_items as items
            on orders.event_date = items.event_date and orders.event_id = items.event_id
        cross join mart.reporting_currency
        where coalesce(orders.currency, reporting_currency.currency) = reporting_currency.currency
    );

select 'a part is never larger than the whole' as rule
from mart.product_popularity_daily
where
    view_sessions_count > views_count
    or cart_sessions_count > add_to_carts_count
    or purchase_sessions_count > purchases_count
    or unpriced_quantity > quantity;

select 'a day has at most 1,001 products' as rule
from mart.product_popularity_daily
group by session_date
having count(distinct item_id) > 1001;
