-- Each query returns the rows that break a rule; none may return any.
select 'every order is counted once' as rule
where
    (select coalesce(sum(daily.orders_count), 0) from mart.customer_orders_daily as daily)
    <> (select count(*) from warehouse.fact_orders);

select 'net revenue is that of orders_daily in the reporting currency' as rule
where
    (select coalesce(sum(daily.net_revenue), 0) from mart.customer_orders_daily as daily)
    <> (
        select coalesce(sum(orders_daily.net_revenue), 0) from mart.orders_daily
        where
            orders_daily.currency = '(not set)'
            or orders_daily.currency = (select reporting_currency.currency from mart.reporting_currency)
    );

select 'whoever bought came on that day' as rule
from mart.customer_orders_daily as bought
where
    not exists (
        select from mart.people_daily as came
        where
            came.session_date = bought.session_date
            and came.is_known = bought.is_known
            and came.person_id = bought.customer_id
            and came.is_bot = bought.is_bot
    );

select 'scores are 1 to 5 and the worst have 1' as rule
from mart.rfm('-infinity', '9999-12-31', true)
having
    min(recency_score) <> 1 or min(frequency_score) <> 1 or min(monetary_score) <> 1
    or greatest(max(recency_score), max(frequency_score), max(monetary_score)) > 5;
