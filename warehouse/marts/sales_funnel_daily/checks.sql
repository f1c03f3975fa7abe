-- Each query returns the rows that break a rule; none may return any.
select 'no step is reached by more sessions than the step before it' as rule
from mart.sales_funnel_daily as later
left join mart.sales_funnel_daily as earlier
    on
        later.session_date = earlier.session_date
        and later.channel = earlier.channel
        and later.device_category = earlier.device_category
        and later.is_bot = earlier.is_bot
        and later.step_number = earlier.step_number + 1
where later.step_number > 1 and later.sessions_count > coalesce(earlier.sessions_count, 0);

select 'the first step counts each session with a view_item' as rule
where
    (
        select coalesce(sum(sales_funnel_daily.sessions_count), 0)
        from mart.sales_funnel_daily
        where sales_funnel_daily.step_number = 1
    )
    <> (
        select count(distinct fact_events.session_id)
        from warehouse.fact_events
        where fact_events.event_name = 'view_item'
    );
