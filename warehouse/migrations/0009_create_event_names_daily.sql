-- Which events come, known and unknown, and what is wrong with the money in them.
create table mart.event_names_daily (
    session_date date not null,
    event_name text not null,
    is_known boolean not null,
    events_count bigint not null,
    bot_events_count bigint not null,
    unreadable_values_count bigint not null,
    unnamed_currency_values_count bigint not null,
    other_currency_values_count bigint not null,
    primary key (session_date, event_name, is_known)
);

alter table mart.event_names_daily set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 500,
    autovacuum_vacuum_scale_factor = 0.02
);
