-- Who may do what in the warehouse, and how much of it: what its roles are given besides the grants of the
-- migrations. Run inside the database, as superuser, in one transaction; running it again changes nothing.
-- scripts/database_rights.py does so on the host, and whoever else makes the database.
--
-- Hard limits are grants, the number of connections and temp_file_limit. The timeouts are what a session
-- begins with: it may set others, and so the host has a watchdog for the reader.

-- applies the migrations
alter role warehouse_owner
login nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit 10;
alter role warehouse_owner reset all;
alter role warehouse_owner set lock_timeout = '1min';
alter role warehouse_owner set idle_in_transaction_session_timeout = '10min';

-- the ETL; the transaction of a function that was cut off ends soon after
alter role warehouse_loader
login nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit 20;
alter role warehouse_loader reset all;
alter role warehouse_loader set statement_timeout = '10min';
alter role warehouse_loader set lock_timeout = '30s';
alter role warehouse_loader set idle_in_transaction_session_timeout = '10min';
alter role warehouse_loader set temp_file_limit = '4GB';

-- dashboards and analysts
alter role warehouse_reader
login nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit 30;
alter role warehouse_reader reset all;
alter role warehouse_reader set statement_timeout = '1min';
alter role warehouse_reader set lock_timeout = '5s';
alter role warehouse_reader set idle_in_transaction_session_timeout = '1min';
alter role warehouse_reader set temp_file_limit = '512MB';

alter database warehouse owner to warehouse_owner;
revoke all on database warehouse, postgres, template1 from public;
revoke all on database warehouse from warehouse_loader, warehouse_reader;
grant connect on database warehouse to warehouse_loader, warehouse_reader;
grant temporary on database warehouse to warehouse_loader;

alter database warehouse reset all;
alter database warehouse set timezone = 'UTC';

drop schema if exists public;

alter database warehouse set search_path to warehouse, mart;  -- noqa: PRS
