-- Who may do what in the shop's database, and how much of it: what its roles are given besides the grants of
-- the migrations. Run inside the database, as superuser, in one transaction; again, it changes nothing.
-- scripts/database_rights.py does so on the host, and whoever else makes the database.
--
-- Hard limits are grants, the number of connections and temp_file_limit. The timeouts are what a session
-- begins with.

-- applies the migrations and imports products
alter role oltp_owner
login nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit 10;
alter role oltp_owner reset all;
alter role oltp_owner set lock_timeout = '1min';
alter role oltp_owner set idle_in_transaction_session_timeout = '10min';

-- the shop's function: nobody waits longer for a page
alter role oltp_shop
login nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit 50;
alter role oltp_shop reset all;
alter role oltp_shop set statement_timeout = '5s';
alter role oltp_shop set lock_timeout = '2s';
alter role oltp_shop set idle_in_transaction_session_timeout = '10s';
alter role oltp_shop set temp_file_limit = '64MB';

-- the nightly reconciliation with the warehouse
alter role oltp_reader
login nosuperuser nocreatedb nocreaterole noreplication nobypassrls connection limit 10;
alter role oltp_reader reset all;
alter role oltp_reader set statement_timeout = '5min';
alter role oltp_reader set lock_timeout = '5s';
alter role oltp_reader set idle_in_transaction_session_timeout = '1min';
alter role oltp_reader set temp_file_limit = '512MB';

alter database oltp owner to oltp_owner;
revoke all on database oltp, postgres, template1 from public;
revoke all on database oltp from oltp_shop, oltp_reader;
grant connect on database oltp to oltp_shop, oltp_reader;

alter database oltp reset all;
alter database oltp set timezone = 'UTC';

drop schema if exists public;

alter database oltp set search_path to shop;
