-- Each query returns the rows that break a rule; none may return any.
select 'every event is counted under one name' as rule
where
    (select coalesce(sum(event_names_daily.events_count), 0) from mart.event_names_daily)
    <> (select count(*) from warehouse.fact_events);

select 'a part is never larger than the whole' as rule
from mart.event_names_daily
where
    bot_events_count > events_count
    or unreadable_values_count + unnamed_currency_values_count + other_currency_values_count > events_count;

select 'a day has at most 101 rows of unknown names' as rule
from mart.event_names_daily
where not is_known
group by session_date
having count(*) > 101;
