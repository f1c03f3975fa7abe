-- Each query returns the rows that break a rule; none may return any.
with counted as (
    select
        received_date,
        sum(rejects_count) as rejects_count
    from mart.rejects_daily
    group by received_date
),

accounted as (
    select
        received_date,
        sum(rejected_count) as rejects_count
    from mart.account_hourly
    group by received_date
    having sum(rejected_count) > 0
)

select 'rejects are those of the account' as rule
from counted
full join accounted on counted.received_date = accounted.received_date
where counted.rejects_count is distinct from accounted.rejects_count;
