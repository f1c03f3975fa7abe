-- Each query returns the rows that break a rule; none may return any.
select 'the account balances in every hour' as rule
from mart.account_hourly
where
    stored_count <> loaded_count + rejected_count + duplicate_count + erased_count
    or bot_count > loaded_count;

select 'what is counted as loaded is in fact_events' as rule
where
    (select coalesce(sum(account_hourly.loaded_count), 0) from mart.account_hourly)
    <> (select count(*) from warehouse.fact_events);

select 'what is counted as rejected is kept' as rule
where
    (select coalesce(sum(account_hourly.rejected_count), 0) from mart.account_hourly)
    <> (select count(*) from etl.rejects);
