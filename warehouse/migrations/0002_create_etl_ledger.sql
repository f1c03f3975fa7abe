-- One row per run of the ETL function.
create table etl.runs (
    run_id bigint generated always as identity primary key,
    started_at timestamptz not null,
    completed_at timestamptz,
    -- everything received before this instant is loaded; null when the run looked at old days only
    complete_to timestamptz,
    objects_count bigint not null default 0,
    stored_count bigint not null default 0,
    loaded_count bigint not null default 0,
    rejected_count bigint not null default 0,
    duplicate_count bigint not null default 0
);

-- The object ledger: a raw object is in it exactly when its events are visible in fact_events,
-- because both are written in one transaction.
-- object_id is made from the object's key, so that it is the same in every rebuild.
create table etl.objects (
    object_id bigint primary key,
    object_key text not null unique,
    size_bytes bigint not null,
    received_hour timestamptz not null,
    stored_count bigint not null,
    loaded_count bigint not null,
    rejected_count bigint not null,
    duplicate_count bigint not null,
    bot_count bigint not null,
    run_id bigint not null references etl.runs,
    constraint objects_balance check (stored_count = loaded_count + rejected_count + duplicate_count)
);

create index objects_received_hour_idx on etl.objects (received_hour);

-- Lines of raw objects that break the contract: kept with their bytes, so that nothing is lost
-- and nothing blocks.
create table etl.rejects (
    object_id bigint not null references etl.objects on delete cascade,
    line_number integer not null,
    reason text not null,
    line bytea not null,
    primary key (object_id, line_number)
);
