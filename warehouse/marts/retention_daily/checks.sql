-- Each query returns the rows that break a rule; none may return any.
with links as (
    select
        first_at,
        previous_at,
        min(started_at) over visits as known_first_at,
        lag(started_at) over visits as known_previous_at
    from warehouse.fact_sessions
    window visits as (partition by visitor_id order by started_at)
)

select 'every session knows its visitor''s first one and the one before it' as rule
from links
where first_at is distinct from known_first_at or previous_at is distinct from known_previous_at;

select 'every session knows what kind its visitor''s first one is' as rule
from warehouse.fact_sessions as sessions
inner join warehouse.fact_sessions as firsts
    on sessions.visitor_id = firsts.visitor_id and sessions.first_at = firsts.started_at
where
    sessions.first_channel is distinct from firsts.channel
    or sessions.first_is_bot is distinct from firsts.is_bot;

select 'every visitor is in one cohort of each kind' as rule
from
    (
        values ('day'), ('week'), ('month'), ('rolling_day'), ('rolling_week')
    ) as kinds (cohort_kind)
where
    (
        select coalesce(sum(cohorts.visitors_count), 0) from mart.retention_daily as cohorts
        where cohorts.cohort_kind = kinds.cohort_kind and cohorts.period_number = 0
    )
    <> (select count(distinct fact_sessions.visitor_id) from warehouse.fact_sessions);

select 'of no cohort more come back than it has' as rule
from mart.retention_daily
group by cohort_kind, cohort_date, period_number, channel, is_bot
having
    sum(visitors_count) > (
        select sum(sizes.visitors_count) from mart.retention_daily as sizes
        where
            sizes.cohort_kind = retention_daily.cohort_kind
            and sizes.cohort_date = retention_daily.cohort_date
            and sizes.period_number = 0
            and sizes.channel = retention_daily.channel
            and sizes.is_bot = retention_daily.is_bot
    );

with counted as (
    select
        visit_date,
        sum(visitors_count) as visitors_count
    from mart.retention_daily
    where cohort_kind = 'day'
    group by visit_date
),

known as (
    select
        session_date as visit_date,
        count(distinct visitor_id) as visitors_count
    from warehouse.fact_sessions
    where session_date - (first_at at time zone 'UTC')::date <= 90
    group by session_date
)

select 'a day has the visitors that it had, but for those that came first over 90 days before' as rule
from counted
full join known on counted.visit_date = known.visit_date
where counted.visitors_count is distinct from known.visitors_count;
