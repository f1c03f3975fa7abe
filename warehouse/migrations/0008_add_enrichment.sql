-- What the ETL finds out of an event besides. Nothing is rewritten: rows that are there keep null in the new
-- columns until their days are replayed, and an ETL that does not know the columns yet goes on.
alter table warehouse.fact_events
add column page_hostname text,
-- of the campaign: utm_term, utm_content, utm_id
add column term text,
add column content text,
add column campaign_id text,
-- ISO 3166-1 alpha-2
add column country text,
add column language text,
-- what the bot calls itself; null for people
add column bot_name text,
add column tax numeric,
add column shipping numeric;

alter table warehouse.fact_event_items
add column item_list_id text,
-- the place in the list that was shown
add column item_index integer,
add column coupon text,
add column discount numeric,
-- price × quantity, exact
add column item_value numeric;

alter table warehouse.fact_sessions
add column country text,
add column bot_name text;

-- By which rules the ETL worked last; a replay works by the same.
create table etl.settings (
    name text primary key,
    value text not null
);

insert into etl.settings (name, value) values ('reporting_currency', 'EUR');

-- The currency of every revenue in the marts: one row.
create view mart.reporting_currency as
select settings.value as currency
from etl.settings
where settings.name = 'reporting_currency';
