-- What visitors search for, and what came of it. Days that were loaded before have rows once they change or
-- are replayed.
create table mart.search_terms_daily (
    session_date date not null,
    search_term text not null,
    channel text not null,
    is_bot boolean not null,
    searches_count bigint not null,
    results_views_count bigint not null,
    empty_results_views_count bigint not null,
    sessions_count bigint not null,
    view_sessions_count bigint not null,
    purchase_sessions_count bigint not null,
    primary key (session_date, search_term, channel, is_bot)
);

alter table mart.search_terms_daily set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 500,
    autovacuum_vacuum_scale_factor = 0.02
);
