-- Grain: one row per hour (UTC) in which events were received.
select
    received_hour,
    (received_hour at time zone 'UTC')::date as received_date,
    sum(stored_count) as stored_count,
    sum(loaded_count) as loaded_count,
    sum(rejected_count) as rejected_count,
    sum(duplicate_count) as duplicate_count,
    sum(erased_count) as erased_count,
    sum(bot_count) as bot_count
from etl.objects
where (received_hour at time zone 'UTC')::date = any(%(received_dates)s)
group by received_hour
