-- Each query returns the rows that break a rule; none may return any.
select 'every order is counted once' as rule
where
    (select coalesce(sum(orders_daily.orders_count), 0) from mart.orders_daily)
    <> (select count(*) from warehouse.fact_orders);

select 'every refund event is counted once, with its order or as unknown' as rule
where
    (
        select coalesce(sum(orders_daily.refund_events_count + orders_daily.unknown_refunds_count), 0)
        from mart.orders_daily
    )
    <> (
        select count(*) from warehouse.fact_events
        where fact_events.event_name = 'refund'
    );

select 'revenue in the reporting currency is that of traffic_hourly' as rule
where
    (
        select coalesce(sum(orders_daily.revenue), 0) from mart.orders_daily
        where
            orders_daily.currency = '(not set)'
            or orders_daily.currency = (select reporting_currency.currency from mart.reporting_currency)
    )
    <> (select coalesce(sum(traffic_hourly.revenue), 0) from mart.traffic_hourly);

select 'of no order more is given back than its value' as rule
from warehouse.fact_orders
where refunded_value < 0 or refunded_value > abs(value) or unvalued_refunds_count > refund_events_count;
