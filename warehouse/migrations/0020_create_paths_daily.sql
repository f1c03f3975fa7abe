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
    sessions_count bigint not null,
    unique nulls not distinct (session_date, path_kind, step_number, from_name, to_name, channel, is_bot)
);

alter table mart.paths_daily set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 500,
    autovacuum_vacuum_scale_factor = 0.02
);
