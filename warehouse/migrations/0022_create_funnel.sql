-- Funnels over mart.session_trails: docs/funnels.md.
create aggregate mart.array_joined (anycompatiblearray)(
    sfunc = array_cat, stype = anycompatiblearray, parallel = safe
);

-- When one trail reached each step, null for those that it did not reach: of all attempts the first that
-- comes furthest. mart.funnel asks it only where the first attempt need not be the best.
create function mart.funnel_times(
    event_names text[], event_times timestamptz[], steps text[], step_order text, longest interval
) returns timestamptz[]
language plpgsql immutable parallel safe set search_path = pg_catalog as $$
declare
    steps_count constant int := cardinality(steps);
    best timestamptz[] := array[]::timestamptz[];
    attempt timestamptz[];
    place int := 0;
    next_place int;
begin
    loop
        -- an attempt begins with the first step; in any order, anywhere
        place := case
            when step_order <> 'any order' then array_position(event_names, steps[1], place + 1)
            else place + 1
        end;
        exit when place is null or place > cardinality(event_names);
        next_place := place - 1;
        attempt := array[]::timestamptz[];
        for step_number in 1..steps_count loop
            next_place := case step_order
                when 'in order' then array_position(event_names, steps[step_number], next_place + 1)
                when 'any order' then array_position(event_names, steps[step_number], place)
                else case when event_names[next_place + 1] = steps[step_number] then next_place + 1 end
            end;
            exit when next_place is null or event_times[next_place] > event_times[place] + longest;
            attempt := attempt || greatest(event_times[next_place], attempt[step_number - 1]);
        end loop;
        if cardinality(attempt) > cardinality(best) then
            best := attempt;
        end if;
        exit when cardinality(best) = steps_count;
    end loop;
    return best;
end
$$;

-- The query of the units that a funnel is about: broken_by, event_names, event_times; a visitor's sessions
-- follow one another.
create function mart.funnel_units_query(
    steps text[], first_date date, last_date date, unit text, excluded_events text[], bots text,
    breakdown text, channels text[], device_categories text[], countries text[]
) returns text
language sql immutable parallel safe set search_path = pg_catalog as $$
select
    case
        when unit = 'session' then format(
            'select %s as broken_by, event_names, event_times from mart.session_trails'
            ' where %s and event_names && %L::text[] and not event_names && %L::text[]',
            broken_by, is_wanted, steps[1:1], excluded
        )
        else format(
            'select (array_agg(%s order by event_times[1]))[1] as broken_by,'
            ' mart.array_joined(event_names order by event_times[1]) as event_names,'
            ' mart.array_joined(event_times order by event_times[1]) as event_times'
            ' from mart.session_trails where %s and event_names && %L::text[]'
            ' group by visitor_id having not bool_or(event_names && %L::text[])',
            broken_by, is_wanted, steps || excluded, excluded
        )
    end
from (
    select
        coalesce(excluded_events, '{}') as excluded,
        case when breakdown is null then 'null::text' else quote_ident(breakdown) end as broken_by,
        format('session_date between %L and %L', first_date, last_date)
        || case bots when 'without' then ' and not is_bot' when 'only' then ' and is_bot' else '' end
        || case when channels is null then '' else format(' and channel = any(%L)', channels) end
        || case
            when device_categories is null then ''
            else format(' and device_category = any(%L)', device_categories)
        end
        || case when countries is null then '' else format(' and country = any(%L)', countries) end
            as is_wanted
) as parts
$$;

-- The expression for when a unit reached each step: p1, p2 are the places of the first two steps. The first
-- attempt is looked at in plain SQL, which is quick; mart.funnel_times where it need not be the best.
create function mart.funnel_times_expression(steps text[], step_order text, longest interval) returns text
language sql immutable parallel safe set search_path = pg_catalog as $$
select
    case step_order
        when 'strict' then format(
            'case when strpos(array_to_string(event_names, '' '') || '' '', %L) > 0 then %s'
            ' else array[event_times[p1]] end',
            steps[1] || ' ' || steps[2] || ' ', attempts
        )
        else format(
            'case when p2 is null then array[event_times[p1]] else (select %s from (select 1) as always%s) end',
            case
                when longest is null then times
                else format(
                    'case when greatest(%s) - least(%1$s) > %L then %s else %s end', found, longest, attempts,
                    times
                )
            end,
            places
        )
    end
from (
    select
        format(
            'mart.funnel_times(event_names, event_times, %L, %L, %L)', steps, step_order, longest
        ) as attempts,
        string_agg(format('event_times[p%s]', number), ', ' order by number) as found,
        'array['
        || string_agg(
            case
                -- in any order a step is reached when it and all before it are there
                when step_order = 'any order' then (
                    select
                        format(
                            'case when %s then greatest(%s) end',
                            string_agg(format('p%s is not null', earlier), ' and '),
                            string_agg(format('event_times[p%s]', earlier), ', ')
                        )
                    from generate_series(1, number) as earlier
                )
                else format('event_times[p%s]', number)
            end,
            ', ' order by number
        )
        || ']' as times,
        -- `offset 0` lets each place be looked for once
        coalesce(
            string_agg(
                format(
                    ' cross join lateral (select case when p%1$s is not null'
                    ' then array_position(event_names, %2$L%3$s) end as p%4$s offset 0) as s%4$s',
                    number - 1, steps[number],
                    case when step_order = 'in order' then format(', p%s + 1', number - 1) end, number
                ),
                '' order by number
            ) filter (where number > 2),
            ''
        ) as places
    from generate_series(1, cardinality(steps)) as number
) as parts
$$;

-- One row per value of the breakdown and step. Whoever calls it needs the right to read session_trails.
create function mart.funnel(
    steps text[], first_date date, last_date date, unit text default 'session',
    step_order text default 'in order', window_seconds numeric default null,
    excluded_events text[] default '{}', bots text default 'without', breakdown text default null,
    channels text[] default null, device_categories text[] default null, countries text[] default null
) returns table (
    breakdown_value text, step_number int, step_name text, units_count bigint, previous_units_count bigint,
    first_units_count bigint, quartile_1_seconds double precision, median_seconds double precision,
    quartile_3_seconds double precision
)
-- compiling a query takes longer than it saves here
language plpgsql stable parallel safe rows 10 set search_path = pg_catalog set jit = off
set work_mem = '32MB' as $$
declare
    units constant text := mart.funnel_units_query(
        steps, first_date, last_date, unit, excluded_events, bots, breakdown, channels, device_categories,
        countries
    );
    times constant text := mart.funnel_times_expression(
        steps, step_order, window_seconds * interval '1 second'
    );
    counts text;
    rows_of_steps text;
begin
    perform mart.check_funnel(
        steps, first_date, last_date, unit, step_order, window_seconds, bots, breakdown
    );
    select
        string_agg(
            format(
                'count(times[%1$s]) as c%1$s, percentile_cont(array[0.25, 0.5, 0.75]) within group (order by'
                ' extract(epoch from times[%1$s] - times[%2$s])::double precision)'
                ' filter (where times[%1$s] is not null) as q%1$s',
                number, number - 1
            ),
            ', ' order by number
        ),
        string_agg(
            format(
                '(%1$s, %2$L, coalesce(c%1$s, 0), coalesce(c%3$s, 0), coalesce(c1, 0), q%1$s)',
                number, steps[number], greatest(number - 1, 1)
            ),
            ', ' order by number
        )
    into counts, rows_of_steps from generate_series(1, cardinality(steps)) as number;
    return query execute format(
        'with counted as (select broken_by, %s from (select broken_by, %s as times from (%s) as units'
        ' cross join lateral (select array_position(event_names, %L) as p1 offset 0) as s1'
        ' cross join lateral (select case when p1 is not null then array_position(event_names, %L%s) end'
        ' as p2 offset 0) as s2 offset 0) as reached group by broken_by)'
        ' select broken_by, number, name, units, before, first, found[1], found[2], found[3]'
        ' from (select 1) as always %s join counted on true'
        ' cross join lateral (values %s) as steps (number, name, units, before, first, found)'
        ' order by broken_by, number',
        counts, times, units, steps[1], steps[2],
        case when step_order <> 'any order' then ', p1 + 1' end,
        -- without a breakdown there is always an answer
        case when breakdown is null then 'left' else 'inner' end, rows_of_steps
    );
end
$$;

revoke all on function mart.funnel(
    text[], date, date, text, text, numeric, text[], text, text, text[], text[], text[]
) from public;
grant execute on function mart.funnel(
    text[], date, date, text, text, numeric, text[], text, text, text[], text[], text[]
) to warehouse_reader;
