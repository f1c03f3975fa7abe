-- Grain: one row per day of visit (UTC, of the session's start), kind of cohort, cohort, period since the
-- first visit, channel and bot flag of the first visit.
with visits as (
    -- one row per session of the touched days, with its visitor's first session and the one before it
    select
        session_date as visit_date,
        first_channel as channel,
        first_is_bot as is_bot,
        (first_at at time zone 'UTC')::date as first_date,
        (previous_at at time zone 'UTC')::date as previous_date,
        floor(extract(epoch from started_at - first_at))::bigint as seconds_after,
        floor(extract(epoch from previous_at - first_at))::bigint as previous_seconds_after
    from warehouse.fact_sessions
    where session_date = any(%(visit_dates)s)
),

places as materialized (
    -- the same, with where each lies in the calendar
    select
        visit_date,
        channel,
        is_bot,
        first_date,
        previous_date,
        seconds_after,
        previous_seconds_after,
        first_date - (extract(isodow from first_date)::integer - 1) as first_week,
        date_trunc('month', first_date)::date as first_month,
        (extract(year from first_date) * 12 + extract(month from first_date))::integer as first_months,
        (extract(year from visit_date) * 12 + extract(month from visit_date))::integer as months,
        (extract(year from previous_date) * 12 + extract(month from previous_date))::integer
            as previous_months
    from visits
),

periods as (
    -- one row per session and kind of cohort: the period that it lies in, and that of the visitor's session
    -- before it
    select
        places.visit_date,
        kinds.cohort_kind,
        kinds.cohort_date,
        kinds.period_number,
        kinds.previous_period_number,
        places.channel,
        places.is_bot
    from places
    cross join lateral (
        values
        (
            'day',
            places.first_date,
            places.visit_date - places.first_date,
            places.previous_date - places.first_date
        ),
        (
            'week',
            places.first_week,
            (places.visit_date - places.first_week) / 7,
            (places.previous_date - places.first_week) / 7
        ),
        (
            'month',
            places.first_month,
            places.months - places.first_months,
            places.previous_months - places.first_months
        ),
        (
            'rolling_day',
            places.first_date,
            places.seconds_after / 86400,
            places.previous_seconds_after / 86400
        ),
        (
            'rolling_week',
            places.first_week,
            places.seconds_after / 604800,
            places.previous_seconds_after / 604800
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
