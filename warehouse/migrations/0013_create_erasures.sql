-- People who asked to be erased, as hashes only: docs/decisions/0027, docs/erase.md.

-- The hashes' key never leaves the warehouse, so that nobody outside can try ids against a certificate.
create table etl.erasure_key (
    is_only boolean primary key default true check (is_only),
    hash_key bytea not null
);
insert into etl.erasure_key (hash_key)
values (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));

-- One row per erasure, finished when completed_at is there; until then the same command goes on with it.
create table etl.erasures (
    erasure_id bigint generated always as identity primary key,
    id_hashes text[] not null,
    requested_by text not null,
    started_at timestamptz not null default now(),
    completed_at timestamptz,
    -- table → rows that were removed
    removed_rows jsonb not null default '{}'
);

-- Whose lines the ETL does not load, whenever they come.
create table etl.erased (
    id_hash text primary key,
    erasure_id bigint not null references etl.erasures
);

-- What an erasure found in raw, written down before it is changed.
create table etl.erasure_objects (
    erasure_id bigint not null references etl.erasures,
    object_key text not null,
    lines_count bigint not null,
    versions_count bigint not null,
    -- rejects, account and processed file of the object's hour are made again without the lines
    is_reloaded boolean not null default false,
    primary key (erasure_id, object_key)
);

-- The account has a fifth part: stored = loaded + rejected + duplicate + erased.
alter table etl.objects add column erased_count bigint not null default 0;
alter table etl.objects drop constraint objects_balance;
alter table etl.objects add constraint objects_balance
check (stored_count = loaded_count + rejected_count + duplicate_count + erased_count);
alter table etl.runs add column erased_count bigint not null default 0;
alter table mart.account_hourly add column erased_count bigint not null default 0;
