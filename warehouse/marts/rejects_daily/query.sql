-- Grain: one row per day (UTC) of receipt and reason.
select
    (objects.received_hour at time zone 'UTC')::date as received_date,
    rejects.reason,
    count(*) as rejects_count,
    count(distinct rejects.object_id) as objects_count
from etl.objects as objects
inner join etl.rejects as rejects on objects.object_id = rejects.object_id
where (objects.received_hour at time zone 'UTC')::date = any(%(received_dates)s)
group by (objects.received_hour at time zone 'UTC')::date, rejects.reason
