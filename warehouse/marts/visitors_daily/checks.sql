-- Each query returns the rows that break a rule; none may return any.
select 'every session is counted once' as rule
where
    (select coalesce(sum(visitors_daily.sessions_count), 0) from mart.visitors_daily)
    <> (select count(*) from warehouse.fact_sessions);

select 'every visitor is there' as rule
where
    (select count(distinct visitors_daily.visitor_id) from mart.visitors_daily)
    <> (select count(distinct fact_events.visitor_id) from warehouse.fact_events);
