-- Three schemas: warehouse (facts), mart (what dashboards read), etl (the object ledger).
-- The roles are made by whoever makes the database (the warehouse role of Ansible, or the local stack).
create schema warehouse;
create schema mart;
create schema etl;

grant usage on schema warehouse, mart, etl to warehouse_loader;
grant usage on schema warehouse, mart to warehouse_reader;

-- What a later migration creates carries these grants without saying so again.
alter default privileges in schema warehouse, mart, etl
grant select, insert, update, delete on tables to warehouse_loader;
alter default privileges in schema warehouse, mart
grant select on tables to warehouse_reader;
alter default privileges in schema etl
grant usage, select on sequences to warehouse_loader;
