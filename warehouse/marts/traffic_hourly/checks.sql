-- Each query returns the rows that break a rule; none may return any.
select 'every session is counted once' as rule
where
    (select coalesce(sum(traffic_hourly.sessions_count), 0) from mart.traffic_hourly)
    <> (select count(*) from warehouse.fact_sessions);

select 'every event is counted once' as rule
where
    (select coalesce(sum(traffic_hourly.events_count), 0) from mart.traffic_hourly)
    <> (select count(*) from warehouse.fact_events);

select 'every order is counted once' as rule
where
    (select coalesce(sum(traffic_hourly.purchases_count), 0) from mart.traffic_hourly)
    <> (select count(*) from warehouse.fact_orders);

select 'a part is never larger than the whole' as rule
from mart.traffic_hourly
where engaged_sessions_count > sessions_count or purchase_sessions_count > sessions_count;
