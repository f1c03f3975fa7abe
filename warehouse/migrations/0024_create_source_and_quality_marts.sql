-- Where visits come from and with what, and how good the data are. Days that were loaded before have rows
-- once they change or are replayed.
create table mart.traffic_sources_daily (
    session_date date not null,
    channel text not null,
    source text not null,
    medium text not null,
    campaign text not null,
    is_bot boolean not null,
    sessions_count bigint not null,
    engaged_sessions_count bigint not null,
    purchase_sessions_count bigint not null,
    purchases_count bigint not null,
    page_views_count bigint not null,
    revenue numeric not null,
    primary key (session_date, channel, source, medium, campaign, is_bot)
);

create table mart.traffic_audience_daily (
    session_date date not null,
    device_category text not null,
    country text not null,
    browser text not null,
    operating_system text not null,
    language text not null,
    is_bot boolean not null,
    sessions_count bigint not null,
    engaged_sessions_count bigint not null,
    purchase_sessions_count bigint not null,
    purchases_count bigint not null,
    page_views_count bigint not null,
    revenue numeric not null,
    primary key (session_date, device_category, country, browser, operating_system, language, is_bot)
);

create table mart.event_timeliness_daily (
    session_date date primary key,
    events_count bigint not null,
    hour_late_events_count bigint not null,
    day_late_events_count bigint not null,
    corrected_clock_events_count bigint not null
);

create table mart.bots_daily (
    session_date date not null,
    bot_name text not null,
    sessions_count bigint not null,
    page_views_count bigint not null,
    events_count bigint not null,
    primary key (session_date, bot_name)
);

create table mart.rejects_daily (
    received_date date not null,
    reason text not null,
    rejects_count bigint not null,
    objects_count bigint not null,
    primary key (received_date, reason)
);

alter table mart.traffic_sources_daily set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 500,
    autovacuum_vacuum_scale_factor = 0.02
);
alter table mart.traffic_audience_daily set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 500,
    autovacuum_vacuum_scale_factor = 0.02
);
alter table mart.bots_daily set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 500,
    autovacuum_vacuum_scale_factor = 0.02
);
