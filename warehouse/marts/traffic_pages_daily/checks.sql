-- Each query returns the rows that break a rule; none may return any.
select 'every session enters once and leaves once' as rule
from mart.traffic_pages_daily
having
    coalesce(sum(entrances_count), 0) <> (select count(*) from warehouse.fact_sessions)
    or coalesce(sum(exits_count), 0) <> (select count(*) from warehouse.fact_sessions);

select 'every page view is counted once' as rule
where
    (select coalesce(sum(pages.page_views_count), 0) from mart.traffic_pages_daily as pages)
    <> (select coalesce(sum(hours.page_views_count), 0) from mart.traffic_hourly as hours);

select 'bounces are the sessions that are not engaged' as rule
where
    (select coalesce(sum(pages.bounces_count), 0) from mart.traffic_pages_daily as pages)
    <> (
        select coalesce(sum(hours.sessions_count - hours.engaged_sessions_count), 0)
        from mart.traffic_hourly as hours
    );

select 'a part is never larger than the whole' as rule
from mart.traffic_pages_daily
where sessions_count > page_views_count or bounces_count > entrances_count;

select 'a day has at most 501 paths' as rule
from mart.traffic_pages_daily
group by session_date
having count(distinct page_path) > 501;
