-- What is looked at, put into carts and bought, product by product. Days that were loaded before have rows
-- once they change or are replayed.
create table mart.product_popularity_daily (
    session_date date not null,
    item_id text not null,
    -- null in the row (other)
    item_name text,
    item_category text,
    channel text not null,
    is_bot boolean not null,
    views_count bigint not null,
    add_to_carts_count bigint not null,
    purchases_count bigint not null,
    quantity numeric not null,
    revenue numeric not null,
    -- of the quantity: what is in no revenue
    unpriced_quantity numeric not null,
    view_sessions_count bigint not null,
    cart_sessions_count bigint not null,
    purchase_sessions_count bigint not null,
    primary key (session_date, item_id, channel, is_bot)
);

alter table mart.product_popularity_daily set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 500,
    autovacuum_vacuum_scale_factor = 0.02
);
