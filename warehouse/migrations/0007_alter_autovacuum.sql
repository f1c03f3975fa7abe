-- The ETL replaces the newest days of a mart every hour: soon less than a hundredth of it. By PostgreSQL's
-- own measure (a tenth) the planner would learn of new days after weeks, and expect no rows where dashboards
-- look.
alter table mart.traffic_hourly set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 500,
    autovacuum_vacuum_scale_factor = 0.02
);
alter table mart.visitors_daily set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 500,
    autovacuum_vacuum_scale_factor = 0.02
);
alter table mart.sales_funnel_daily set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 500,
    autovacuum_vacuum_scale_factor = 0.02
);
alter table mart.account_hourly set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 100,
    autovacuum_vacuum_scale_factor = 0.02
);
alter table warehouse.fact_sessions set (
    autovacuum_analyze_scale_factor = 0.01,
    autovacuum_vacuum_scale_factor = 0.02
);
