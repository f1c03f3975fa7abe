-- Grain: one row per day of visit (UTC, of the session's start), kind of cohort, cohort, period since the
-- first visit, channel and bot flag of the first visit.
with visits as (
    -- one row per session of the touched days, with where it lies after its visitor's first one
    select
        session_date as visit_date,
        first_channel as channel,
        first_is_bot as is_bot,
        (first_at at time zone 'UTC')::date as first_date,
        (previous_at at time zone 'UTC')::date as previous_date,
        date_trunc('week', first_at, 'UTC') as first_week_at,
        extract(year from first_at at time zone 'UTC') * 12 + extract(month from first_at at time zone 'UTC')
            as first_month,
        extract(epoch from started_at - first_at) as seconds_after,
        extract(epoch from previous_at - first_at) as previous_seconds_after
    from warehouse.fact_sessions
    where session_date = any(%(visit_dates)s)
),

periods as (
    -- one row per session and kind of cohort: the period that it lies in, and that of the visitor's session
    -- before it
    select
        visits.visit_date,
        kinds.cohort_kind,
        kinds.cohort_date,
        kinds.period_number::integer as period_number,
        kinds.previous_period_number,
        visits.channel,
        visits.is_bot
    from visits
    cross join lateral (
        values
        (
            'day',
            visits.first_date,
            visits.visit_date - visits.first_date,
            visits.previous_date - visits.first_date
        ),
        (
            'week',
            (visits.first_week_at at time zone 'UTC')::date,
            (visits.visit_date - (visits.first_week_at at time zone 'UTC')::date) / 7,
            (visits.previous_date - (visits.first_week_at at time zone 'UTC')::date) / 7
        ),
        (
            'month',
            date_trunc('month', visits.first_date)::date,
            extract(year from visits.visit_date) * 12 + extract(month from visits.visit_date)
            - visits.first_month,
            extract(year from visits.previous_date) * 12 + extract(month from visits.previous_date)
            - visits.first_month
        ),
        (
            'rolling_day',
            visits.first_date,
            floor(visits.seconds_after / 86400),
            floor(visits.previous_seconds_after / 86400)
        ),
        (
            'rolling_week',
            (visits.first_week_at at time zone 'UTC')::date,
            floor(visits.seconds_after / 604800),
            floor(visits.previous_seconds_after / 604800)
        )
    ) as kinds (cohort_kind, cohort_date, period_number, previous_period_number)
)

select
    visit_date,
    cohort_kind,
    cohort_date,
    period_number,
    channel,
    is_bot,
    count(*) as visitors_count
from periods
where
    -- a visitor counts once in each period, by the first session in it
    period_number is distinct from previous_period_number
    and (cohort_kind not in ('day', 'rolling_day') or period_number <= 90)
group by visit_date, cohort_kind, cohort_date, period_number, channel, is_bot
