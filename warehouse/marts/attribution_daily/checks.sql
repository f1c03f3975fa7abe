-- Each query returns the rows that break a rule; none may return any.
with models as (
    select model
    from (values ('first'), ('last'), ('last non-direct'), ('linear'), ('position-based')) as names (model)
),

sold as (
    select
        models.model,
        orders.session_date,
        orders.is_bot,
        orders.currency,
        sum(orders.orders_count) as orders_credit,
        sum(orders.net_revenue) as net_revenue_credit
    from mart.orders_daily as orders
    cross join models
    where orders.orders_count > 0
    group by models.model, orders.session_date, orders.is_bot, orders.currency
),

credited as (
    select
        model,
        session_date,
        is_bot,
        currency,
        sum(orders_credit) as orders_credit,
        sum(net_revenue_credit) as net_revenue_credit
    from mart.attribution_daily
    group by model, session_date, is_bot, currency
)

select 'each model gives away exactly what orders_daily has' as rule
from sold
full join credited
    on
        sold.model = credited.model
        and sold.session_date = credited.session_date
        and sold.is_bot = credited.is_bot
        and sold.currency = credited.currency
where
    sold.orders_credit is distinct from credited.orders_credit
    or sold.net_revenue_credit is distinct from credited.net_revenue_credit;

select 'no visit is credited less than nothing' as rule
from mart.attribution_daily
where orders_credit < 0;

with sources as (
    select distinct
        session_date,
        source,
        medium,
        campaign
    from mart.attribution_daily
)

select 'a day has at most 201 sources' as rule
from sources
group by session_date
having count(*) > 201;
