-- Grain: one row per day (UTC, of the order), verdict and currency.
select
    order_date,
    verdict,
    coalesce(shop_currency, stream_currency, '(not set)') as currency,
    count(*) as orders_count,
    coalesce(sum(shop_value), 0) as shop_value,
    -- not in the books' currency, it is no part of a sum in it
    coalesce(sum(stream_value) filter (where verdict <> 'currency differs'), 0) as stream_value,
    coalesce(sum(shop_refunded_value), 0) as shop_refunded_value,
    coalesce(sum(stream_refunded_value) filter (where verdict <> 'currency differs'), 0)
        as stream_refunded_value
from warehouse.reconciled_orders
where order_date = any(%(order_dates)s)
group by order_date, verdict, coalesce(shop_currency, stream_currency, '(not set)')
