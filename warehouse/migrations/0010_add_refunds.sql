-- What of an order was given back; the ETL computes it from the refund events with the order's
-- transaction_id. Where the value cannot be told, or is in another currency, only the event is counted.
alter table warehouse.fact_orders
add column refunded_value numeric not null default 0,
add column refund_events_count bigint not null default 0,
add column unvalued_refunds_count bigint not null default 0;

-- Where the events of an order are: purchases and refunds by their order's number. fact_events has it, too,
-- but would have to be looked for it in the partition of every day there ever was.
create table etl.order_events (
    event_date date not null,
    event_id uuid not null,
    order_id text not null,
    primary key (event_date, event_id)
);

insert into etl.order_events (event_date, event_id, order_id)
select
    event_date,
    event_id,
    coalesce(transaction_id, 'event:' || event_id) as order_id
from warehouse.fact_events
where event_name = 'purchase' or (event_name = 'refund' and transaction_id is not null);

create index order_events_order_id_idx on etl.order_events (order_id);
drop index warehouse.fact_events_transaction_id_idx;

create table mart.orders_daily (
    session_date date not null,
    channel text not null,
    is_bot boolean not null,
    currency text not null,
    orders_count bigint not null,
    revenue numeric not null,
    refunded_orders_count bigint not null,
    refunded_value numeric not null,
    net_revenue numeric not null,
    refund_events_count bigint not null,
    unvalued_refunds_count bigint not null,
    unknown_refunds_count bigint not null,
    primary key (session_date, channel, is_bot, currency)
);

alter table mart.orders_daily set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 500,
    autovacuum_vacuum_scale_factor = 0.02
);
