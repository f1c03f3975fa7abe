-- Which visits orders are credited to: docs/attribution.md. Days that were loaded before have rows once they
-- change or are replayed.
create table mart.attribution_daily (
    session_date date not null,
    model text not null,
    channel text not null,
    source text not null,
    medium text not null,
    campaign text not null,
    is_bot boolean not null,
    currency text not null,
    orders_credit numeric not null,
    net_revenue_credit numeric not null,
    primary key (session_date, model, channel, source, medium, campaign, is_bot, currency)
);

alter table mart.attribution_daily set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 500,
    autovacuum_vacuum_scale_factor = 0.02
);

-- How long before an order a visit may lie that led to it.
create function mart.attribution_lookback() returns interval
language sql immutable parallel safe as $$ select interval '30 days' $$;

-- The part of an order that each model gives to the visit at a place, as a fraction, so that it stays exact;
-- no row where it gives none. 40-20-40 is what Google Analytics called position-based.
create function mart.attribution_shares(place bigint, touches_count bigint, last_non_direct_place bigint)
returns table (model text, numerator bigint, denominator bigint)
language sql immutable parallel safe as $$
select 'first', 1, 1 where place = 1
union all
select 'last', 1, 1 where place = touches_count
union all
select 'last non-direct', 1, 1 where place = coalesce(last_non_direct_place, touches_count)
union all
select 'linear', 1, touches_count
union all
select
    'position-based',
    case when place in (1, touches_count) and touches_count > 2 then 2 else 1 end,
    case
        when touches_count <= 2 then touches_count
        when place in (1, touches_count) then 5
        else 5 * (touches_count - 2)
    end
$$;

-- the orders of a visitor, and the sessions of a person, around a moment
create index fact_orders_visitor_id_event_at_idx on warehouse.fact_orders (visitor_id, event_at);
create index fact_sessions_person_id_started_at_idx on warehouse.fact_sessions (person_id, started_at)
where person_id is not null;
