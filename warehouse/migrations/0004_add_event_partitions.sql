-- Gives each of the days a partition of its own; rows of that day that wait in the default partition move
-- there.
-- The loader may call it, though only the owner may create tables.
create function warehouse.add_event_partitions(event_dates date[]) returns void
language plpgsql security definer set search_path = pg_catalog as $$
declare
    partition_date date;
    partition_name text;
begin
    foreach partition_date in array event_dates loop
        partition_name := 'fact_events_' || to_char(partition_date, 'YYYYMMDD');
        continue when to_regclass('warehouse.' || partition_name) is not null;
        execute format(
            'create table warehouse.%I (like warehouse.fact_events including defaults including constraints)',
            partition_name
        );
        execute format(
            'with moved as (delete from warehouse.fact_events_default where event_date = %L returning *)'
            ' insert into warehouse.%I select * from moved',
            partition_date, partition_name
        );
        execute format(
            'alter table warehouse.fact_events attach partition warehouse.%I for values from (%L) to (%L)',
            partition_name, partition_date, partition_date + 1
        );
    end loop;
end
$$;

revoke all on function warehouse.add_event_partitions(date[]) from public;
grant execute on function warehouse.add_event_partitions(date[]) to warehouse_loader;
