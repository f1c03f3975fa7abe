-- Each query returns the rows that break a rule; none may return any.
select 'every reconciled order is counted once' as rule
where
    (select coalesce(sum(o.orders_count), 0) from mart.order_reconciliation_daily as o)
    <> (select count(*) from warehouse.reconciled_orders);

select 'what is equal has equal sums, but for the hundredths of browsers' as rule
from mart.order_reconciliation_daily
where
    verdict = 'equal'
    and abs(shop_value - shop_refunded_value - stream_value + stream_refunded_value) >= 0.01 * orders_count;

select 'what one side lacks has no value there' as rule
from mart.order_reconciliation_daily
where
    (verdict = 'missing in stream' and stream_value <> 0)
    or (verdict = 'missing in shop' and shop_value <> 0);
