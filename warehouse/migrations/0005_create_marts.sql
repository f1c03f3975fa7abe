-- What the dashboards read. Each table is filled by warehouse/marts/<table>/query.sql, for the days that a
-- batch touched. Dates and hours are UTC and those of the session's start.
create table mart.traffic_hourly (
    session_hour timestamptz not null,
    session_date date not null,
    channel text not null,
    device_category text not null,
    is_bot boolean not null,
    sessions_count bigint not null,
    engaged_sessions_count bigint not null,
    purchase_sessions_count bigint not null,
    purchases_count bigint not null,
    page_views_count bigint not null,
    events_count bigint not null,
    revenue numeric not null,
    primary key (session_hour, channel, device_category, is_bot)
);

create index traffic_hourly_session_date_idx on mart.traffic_hourly (session_date);

create table mart.visitors_daily (
    session_date date not null,
    visitor_id text not null,
    channel text not null,
    device_category text not null,
    is_bot boolean not null,
    sessions_count bigint not null,
    primary key (session_date, visitor_id, channel, device_category, is_bot)
);

create table mart.sales_funnel_daily (
    session_date date not null,
    channel text not null,
    device_category text not null,
    is_bot boolean not null,
    step_number smallint not null,
    step_name text not null,
    sessions_count bigint not null,
    primary key (session_date, channel, device_category, is_bot, step_number)
);

create table mart.account_hourly (
    received_hour timestamptz primary key,
    received_date date not null,
    stored_count bigint not null,
    loaded_count bigint not null,
    rejected_count bigint not null,
    duplicate_count bigint not null,
    bot_count bigint not null
);

create index account_hourly_received_date_idx on mart.account_hourly (received_date);

-- Sentences for analysts, shown on top of every page.
create table mart.notice (
    notice_id text primary key,
    body text not null,
    created_at timestamptz not null default now()
);

-- How far the numbers reach: one row.
create view mart.freshness as
select
    (select max(runs.complete_to) from etl.runs) as complete_to,
    (select min(traffic_hourly.session_date) from mart.traffic_hourly) as first_session_date,
    (select max(traffic_hourly.session_date) from mart.traffic_hourly) as last_session_date;
