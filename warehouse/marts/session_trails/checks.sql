-- Each query returns the rows that break a rule; none may return any.
select 'every session has its trail' as rule
where
    (select count(*) from mart.session_trails)
    <> (select count(*) from warehouse.fact_sessions);

select 'a trail begins with its session, and each of its events has a time' as rule
from mart.session_trails
where
    event_names[1] <> 'session_start'
    or cardinality(event_names) <> cardinality(event_times)
    or cut_events_count < 0;

select 'every event is in a trail, but for those that are left out or cut' as rule
where
    (
        select coalesce(sum(cardinality(trails.event_names) - 1 + trails.cut_events_count), 0)
        from mart.session_trails as trails
    )
    <> (
        select count(*) from warehouse.fact_events
        where fact_events.event_name <> all(mart.events_left_out_of_trails())
    );

with step_names as (
    select distinct
        step_number,
        step_name
    from mart.sales_funnel_daily
),

steps as (
    select array_agg(step_name order by step_number) as step_names
    from step_names
),

dates as (
    select distinct session_date
    from mart.sales_funnel_daily
),

by_choice as (
    select
        dates.session_date,
        funnel.breakdown_value as channel,
        funnel.step_number,
        funnel.units_count
    from steps
    cross join dates
    cross join
        lateral mart.funnel(
            steps.step_names, dates.session_date, dates.session_date,
            bots => 'with', breakdown => 'channel'
        ) as funnel
    where cardinality(steps.step_names) > 1 and funnel.units_count > 0
),

fixed as (
    select
        sales_funnel_daily.session_date,
        sales_funnel_daily.channel,
        sales_funnel_daily.step_number,
        sum(sales_funnel_daily.sessions_count) as units_count
    from mart.sales_funnel_daily
    cross join steps
    where cardinality(steps.step_names) > 1
    group by
        sales_funnel_daily.session_date, sales_funnel_daily.channel, sales_funnel_daily.step_number
)

select 'sales_funnel_daily is the funnel of its steps by the default choices' as rule
from by_choice
full join fixed
    on
        by_choice.session_date = fixed.session_date
        and by_choice.channel = fixed.channel
        and by_choice.step_number = fixed.step_number
where by_choice.units_count is distinct from fixed.units_count;
