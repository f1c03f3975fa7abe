-- First visits and returns. Days that were loaded before have rows once they change or are replayed.
create table mart.new_returning_daily (
    session_date date not null,
    is_new boolean not null,
    channel text not null,
    device_category text not null,
    is_bot boolean not null,
    sessions_count bigint not null,
    engaged_sessions_count bigint not null,
    page_views_count bigint not null,
    purchase_sessions_count bigint not null,
    purchases_count bigint not null,
    revenue numeric not null,
    primary key (session_date, is_new, channel, device_category, is_bot)
);

alter table mart.new_returning_daily set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 500,
    autovacuum_vacuum_scale_factor = 0.02
);
