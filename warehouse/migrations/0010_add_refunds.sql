-- What of an order was given back; the ETL computes it from the refund events with the order's
-- transaction_id. Where the value cannot be told, or is in another currency, only the event is counted.
alter table warehouse.fact_orders
add column refunded_value numeric not null default 0,
add column refund_events_count bigint not null default 0,
add column unvalued_refunds_count bigint not null default 0;

create index fact_events_refund_transaction_id_idx on warehouse.fact_events (transaction_id)
where event_name = 'refund';

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
