-- Each query returns the rows that break a rule; none may return any.
select 'every event is counted once' as rule
where
    (select coalesce(sum(days.events_count), 0) from mart.event_timeliness_daily as days)
    <> (select coalesce(sum(hours.events_count), 0) from mart.traffic_hourly as hours);

select 'a part is never larger than the whole' as rule
from mart.event_timeliness_daily
where
    day_late_events_count > hour_late_events_count
    or hour_late_events_count > events_count
    or corrected_clock_events_count > events_count;
