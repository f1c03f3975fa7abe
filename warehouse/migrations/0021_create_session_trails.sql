-- What sessions did, in order, and the funnels that analysts choose: docs/funnels.md. Days that were loaded
-- before have rows once they change or are replayed.
create table mart.session_trails (
    session_date date not null,
    session_id uuid not null,
    visitor_id text not null,
    channel text not null,
    device_category text not null,
    country text not null,
    is_bot boolean not null,
    -- session_start first; names and times side by side
    event_names text[] not null,
    event_times timestamptz[] not null,
    cut_events_count bigint not null,
    primary key (session_date, session_id)
);

alter table mart.session_trails set (
    autovacuum_analyze_scale_factor = 0,
    autovacuum_analyze_threshold = 500,
    autovacuum_vacuum_scale_factor = 0.02
);

-- What comes by itself while somebody looks at a page, and says nothing of what they do. In place of the
-- clients' own session_start each trail has one, where the session begins.
create function mart.events_left_out_of_trails() returns text[]
language sql immutable parallel safe as $$
select array['page_view', 'scroll', 'user_engagement', 'session_start', 'first_visit']
$$;

-- Raises an error that says what is wrong with a funnel, if something is.
create function mart.check_funnel(
    steps text[], first_date date, last_date date, unit text, step_order text, window_seconds numeric,
    bots text, breakdown text
) returns void
language plpgsql immutable parallel safe set search_path = pg_catalog as $$
declare
    problem text;
    left_out constant text[] := array_remove(mart.events_left_out_of_trails(), 'session_start');
begin
    problem := case
        when coalesce(cardinality(steps), 0) not between 2 and 10 or array_position(steps, null) is not null
            then 'a funnel must have 2 to 10 steps, none of them null'
        when steps && left_out
            then 'no step may be one of ' || array_to_string(left_out, ', ') || ': trails leave them out'
        when first_date is null or last_date is null or first_date > last_date
            then 'first_date must not be after last_date, and both must be given'
        when coalesce(unit, '') not in ('session', 'visitor')
            then 'unit must be session or visitor'
        when coalesce(step_order, '') not in ('in order', 'strict', 'any order')
            then 'step_order must be in order, strict or any order'
        when
            step_order = 'any order'
            and cardinality(steps) > (select count(distinct step) from unnest(steps) as step)
            then 'in any order no step may be there twice'
        when window_seconds <= 0
            then 'window_seconds must be more than 0'
        when coalesce(bots, '') not in ('without', 'with', 'only')
            then 'bots must be without, with or only'
        when breakdown not in ('channel', 'device_category', 'country')
            then 'breakdown must be channel, device_category or country'
    end;
    if problem is not null then
        raise invalid_parameter_value using message = problem, hint = 'docs/funnels.md has all choices';
    end if;
end
$$;

-- A funnel in words, for beneath its chart.
create function mart.funnel_definition(
    steps text[], first_date date, last_date date, unit text default 'session',
    step_order text default 'in order', window_seconds numeric default null,
    excluded_events text[] default '{}', bots text default 'without', breakdown text default null,
    channels text[] default null, device_categories text[] default null, countries text[] default null
) returns text
language plpgsql immutable parallel safe set search_path = pg_catalog as $$
begin
    perform mart.check_funnel(
        steps, first_date, last_date, unit, step_order, window_seconds, bots, breakdown
    );
    return concat(
        case unit
            when 'session' then 'Counts sessions that began'
            else 'Counts visitors (browsers), all of their sessions taken together that began'
        end,
        format(' from %s to %s (days in UTC) and had ', first_date, last_date),
        case step_order
            when 'any order' then array_to_string(steps, ', ') || ', in any order'
            when 'in order' then array_to_string(steps, ', then ') || ', with other events between them or not'
            else array_to_string(steps, ', directly followed by ')
        end,
        ', within ' || window_seconds || ' seconds from the first to the last',
        '; a step counts who had all steps up to it.',
        case
            when cardinality(excluded_events) > 0 then
                format(' Left out is who had %s.', array_to_string(excluded_events, ' or '))
        end,
        case bots
            when 'without' then ' Bots are left out.'
            when 'only' then ' Only bots are counted.'
            else ' Bots are counted, too.'
        end,
        ' Only with channel ' || array_to_string(channels, ' or ') || '.',
        ' Only with device ' || array_to_string(device_categories, ' or ') || '.',
        ' Only with country ' || array_to_string(countries, ' or ') || '.',
        case
            when breakdown is not null then format(
                ' Broken down by %s%s.', breakdown,
                case when unit = 'visitor' then ' of the visitor''s first session in these days' end
            )
        end,
        format(
            ' Not looked at are %s; session_start is where a session begins.',
            array_to_string(array_remove(mart.events_left_out_of_trails(), 'session_start'), ', ')
        ),
        ' Events of equal time keep the order that the browser gave them (event_sequence), then that of their',
        ' ids. Of several attempts the first that comes furthest counts.'
    );
end
$$;

revoke all on function mart.funnel_definition(
    text[], date, date, text, text, numeric, text[], text, text, text[], text[], text[]
) from public;
grant execute on function mart.funnel_definition(
    text[], date, date, text, text, numeric, text[], text, text, text[], text[], text[]
) to warehouse_reader;
