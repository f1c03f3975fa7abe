-- Which pages are viewed, and where sessions begin and end. Days that were loaded before have rows once they
-- change or are replayed.
create table mart.traffic_pages_daily (
    session_date date not null,
    page_path text not null,
    channel text not null,
    is_bot boolean not null,
    page_views_count bigint not null,
    sessions_count bigint not null,
    entrances_count bigint not null,
    bounces_count bigint not null,
    exits_count bigint not null,
    primary key (session_date, page_path, channel, is_bot)
);

alter table mart.traffic_pages_daily set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 500,
    autovacuum_vacuum_scale_factor = 0.02
);
