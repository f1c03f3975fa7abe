-- One row per event. The day of the partition is a function of the event alone (the UTC date of the client's
-- own event_time), so that a re-send after midnight meets its first copy; see docs/decisions/0005.
create table warehouse.fact_events (
    event_date date not null,
    event_id uuid not null,
    event_name text not null,
    -- event_time corrected by the client's clock skew; sessions and reports use it
    event_at timestamptz not null,
    -- the client's own clock, as sent
    event_time timestamptz not null,
    received_at timestamptz not null,
    event_sequence bigint,
    visitor_id text not null,
    anonymous_id text not null,
    user_id text,
    -- the event_id of the session's first event
    session_id uuid not null,
    page_location text,
    page_path text,
    page_title text,
    page_referrer text,
    source text not null,
    medium text not null,
    campaign text,
    channel text not null,
    device_category text not null,
    browser text,
    operating_system text,
    is_bot boolean not null,
    search_term text,
    currency text,
    value numeric,
    transaction_id text,
    params jsonb not null,
    -- where it came from: the raw object and the line in it
    object_id bigint not null,
    line_number integer not null,
    primary key (event_date, event_id)
) partition by range (event_date);

create index fact_events_session_id_idx on warehouse.fact_events (session_id);
create index fact_events_transaction_id_idx on warehouse.fact_events (transaction_id)
where event_name = 'purchase';

-- Days that have no partition of their own (a client's clock in 1970) land here.
create table warehouse.fact_events_default partition of warehouse.fact_events default;

-- One row per item of an event.
create table warehouse.fact_event_items (
    event_date date not null,
    event_id uuid not null,
    item_number smallint not null,
    item_id text,
    item_name text,
    item_brand text,
    item_category text,
    item_variant text,
    item_list_name text,
    price numeric,
    quantity numeric,
    -- the item as sent, parameters of the shop's own included
    item jsonb not null,
    -- no foreign key: it would stand in the way of dropping old partitions; the loader keeps both together
    primary key (event_date, event_id, item_number)
);

-- One row per session: a visitor's events with no pause over 30 minutes between them, at most 24 hours long.
create table warehouse.fact_sessions (
    session_id uuid primary key,
    visitor_id text not null,
    user_id text,
    -- the UTC date of started_at
    session_date date not null,
    started_at timestamptz not null,
    ended_at timestamptz not null,
    -- the partitions that hold the session's events
    first_event_date date not null,
    last_event_date date not null,
    events_count bigint not null,
    page_views_count bigint not null,
    is_engaged boolean not null,
    entry_page_path text,
    source text not null,
    medium text not null,
    campaign text,
    channel text not null,
    device_category text not null,
    browser text,
    operating_system text,
    is_bot boolean not null
);

create index fact_sessions_visitor_id_started_at_idx on warehouse.fact_sessions (visitor_id, started_at);
create index fact_sessions_session_date_idx on warehouse.fact_sessions (session_date);

-- One row per order: the first purchase event with its transaction_id, however often the receipt page was
-- reloaded.
-- A purchase event without a transaction_id is an order of its own.
create table warehouse.fact_orders (
    order_id text primary key,
    event_date date not null,
    event_id uuid not null,
    event_at timestamptz not null,
    visitor_id text not null,
    currency text,
    value numeric,
    purchase_events_count bigint not null
);

create index fact_orders_event_id_idx on warehouse.fact_orders (event_date, event_id);
