create index fact_orders_event_at_idx on warehouse.fact_orders (event_at);

-- One row per order that the shop's books or the stream of events know, as of the last night in which it was
-- compared: the books' view and the stream's side by side. Who ordered is not in it.
create table warehouse.reconciled_orders (
    order_id text primary key,
    -- the UTC date of placed_at; of an order that the books do not know, of event_at
    order_date date not null,
    verdict text not null check (
        verdict in (
            'equal', 'missing in stream', 'missing in shop', 'currency differs', 'amount differs',
            'refund differs'
        )
    ),
    placed_at timestamptz,
    shop_status text,
    shop_currency text,
    shop_value numeric,
    -- of a cancelled order all of its value
    shop_refunded_value numeric,
    event_at timestamptz,
    stream_currency text,
    stream_value numeric,
    stream_refunded_value numeric,
    constraint reconciled_orders_are_known check (placed_at is not null or event_at is not null)
);

create index reconciled_orders_order_date_idx on warehouse.reconciled_orders (order_date);

create table mart.order_reconciliation_daily (
    order_date date not null,
    verdict text not null,
    currency text not null,
    orders_count bigint not null,
    shop_value numeric not null,
    stream_value numeric not null,
    shop_refunded_value numeric not null,
    stream_refunded_value numeric not null,
    primary key (order_date, verdict, currency)
);

-- A night replaces the last weeks of both.
alter table warehouse.reconciled_orders set (
    autovacuum_analyze_scale_factor = 0.02,
    autovacuum_vacuum_scale_factor = 0.02
);
alter table mart.order_reconciliation_daily set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 100,
    autovacuum_vacuum_scale_factor = 0.02
);
