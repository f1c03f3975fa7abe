-- What each customer bought, by day. Days that were loaded before have rows once they change or are replayed.
create table mart.customer_orders_daily (
    session_date date not null,
    is_known boolean not null,
    customer_id text not null,
    is_bot boolean not null,
    orders_count bigint not null,
    net_revenue numeric not null,
    -- of the orders: those in another currency than the reporting one, which are in no revenue
    other_currency_orders_count bigint not null,
    primary key (session_date, is_known, customer_id, is_bot)
);

alter table mart.customer_orders_daily set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 500,
    autovacuum_vacuum_scale_factor = 0.02
);

-- Customers by recency, frequency and monetary value, as of the end of a range of days. A score is 1 and one
-- more for every whole fifth of the customers that are worse, so that equal customers have equal scores.
create function mart.rfm(from_date date, to_date date, with_bots boolean default false)
returns table (
    is_known boolean,
    customer_id text,
    first_order_date date,
    last_order_date date,
    days_since_last_order integer,
    orders_count bigint,
    net_revenue numeric,
    recency_score integer,
    frequency_score integer,
    monetary_score integer,
    segment text
)
language sql stable parallel safe security invoker
as $$
with customers as (
    -- one row per customer with an order in the range
    select
        daily.is_known,
        daily.customer_id,
        min(daily.session_date) as first_order_date,
        max(daily.session_date) as last_order_date,
        sum(daily.orders_count)::bigint as orders_count,
        sum(daily.net_revenue) as net_revenue
    from mart.customer_orders_daily as daily
    where daily.session_date between from_date and to_date and (with_bots or not daily.is_bot)
    group by daily.is_known, daily.customer_id
),

scored as (
    -- the same; rank() - 1 is how many are worse
    select
        customers.is_known,
        customers.customer_id,
        customers.first_order_date,
        customers.last_order_date,
        customers.orders_count,
        customers.net_revenue,
        1 + 5 * (rank() over (order by customers.last_order_date) - 1) / count(*) over () as recency_score,
        1 + 5 * (rank() over (order by customers.orders_count) - 1) / count(*) over () as frequency_score,
        1 + 5 * (rank() over (order by customers.net_revenue) - 1) / count(*) over () as monetary_score
    from customers
)

select
    scored.is_known,
    scored.customer_id,
    scored.first_order_date,
    scored.last_order_date,
    to_date - scored.last_order_date as days_since_last_order,
    scored.orders_count,
    scored.net_revenue,
    scored.recency_score::integer as recency_score,
    scored.frequency_score::integer as frequency_score,
    scored.monetary_score::integer as monetary_score,
    case
        when scored.recency_score = 5 and scored.frequency_score >= 4 then 'champions'
        when scored.recency_score >= 3 and scored.frequency_score >= 4 then 'loyal'
        when scored.recency_score >= 4 and scored.frequency_score >= 2 then 'potential loyalists'
        when scored.recency_score = 5 then 'new customers'
        when scored.recency_score = 4 then 'promising'
        when scored.recency_score = 3 and scored.frequency_score = 3 then 'need attention'
        when scored.recency_score = 3 then 'about to sleep'
        when scored.frequency_score = 5 then 'cannot lose them'
        when scored.frequency_score >= 3 then 'at risk'
        else 'hibernating'
    end as segment
from scored
$$;

revoke all on function mart.rfm(date, date, boolean) from public;
grant execute on function mart.rfm(date, date, boolean) to warehouse_reader;

-- The steps of sessions, one after the other. Days that were loaded before have rows once they change or are
-- replayed.
create table mart.paths_daily (
    session_date date not null,
    -- page or event: what the names are of
    path_kind text not null,
    -- 1 to 10
    step_number smallint not null,
    from_name text not null,
    -- null: the path ends here
    to_name text,
    channel text not null,
    is_bot boolean not null,
    sessions_count bigint not null
);

-- no key over all of the grain: its index would cost more than all else of a refresh; a check keeps the grain
create index paths_daily_step_idx on mart.paths_daily (session_date, path_kind, step_number);

alter table mart.paths_daily set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 500,
    autovacuum_vacuum_scale_factor = 0.02
);
