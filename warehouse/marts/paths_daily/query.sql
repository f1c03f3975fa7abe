-- Grain: one row per day (UTC, of the session's start), kind of path, step, name, next name, channel and bot
-- flag. The 20 names of a day and kind that most steps have keep them; the others share the name (other).
with sessions as (
    -- one row per session of the touched days
    select
        session_id,
        session_date,
        channel,
        is_bot
    from touched_sessions
),

candidates as (
    -- one row per event of these sessions and kind of path, with what the event is a step of, if it is one;
    -- what repeats the event before it is no step of its own, and there is less to sort without it
    select
        events.session_id,
        kinds.path_kind,
        case
            when kinds.path_kind = 'page' then left(events.page_path, 500)
            -- not what browsers tell by themselves of a visit as such
            when events.event_name not in ('session_start', 'first_visit', 'user_engagement', 'scroll')
                then events.event_name
        end as name,
        events.place
    from touched_events as events
    cross join (values ('page'), ('event')) as kinds (path_kind)
    where
        case
            when kinds.path_kind = 'page' then not events.is_page_repeated
            else not events.is_name_repeated
        end
),

names as (
    -- one row per step, and one for each time that it follows itself
    select
        candidates.*,
        lag(candidates.name) over in_order as previous_name
    from candidates
    where candidates.name is not null
    window
        in_order as (
            partition by candidates.session_id, candidates.path_kind
            order by candidates.place
        )
),

steps as (
    -- one row per step; the same name several times in a row is one
    select
        session_id,
        path_kind,
        row_number() over in_order as step_number,
        name as from_name,
        lead(name) over in_order as to_name
    from names
    where name is distinct from previous_name
    window
        in_order as (
            partition by session_id, path_kind
            order by place
        )
),

counted as (
    -- the rows of the mart, before the names are bounded; a session without a step is one that is not set
    select
        sessions.session_date,
        kinds.path_kind,
        coalesce(steps.step_number, 1) as step_number,
        coalesce(steps.from_name, '(not set)') as from_name,
        steps.to_name,
        sessions.channel,
        sessions.is_bot,
        count(*) as sessions_count
    from sessions
    cross join (values ('page'), ('event')) as kinds (path_kind)
    left join steps
        on sessions.session_id = steps.session_id and kinds.path_kind = steps.path_kind
    where coalesce(steps.step_number, 1) <= 10
    group by
        sessions.session_date, kinds.path_kind, coalesce(steps.step_number, 1),
        coalesce(steps.from_name, '(not set)'), steps.to_name, sessions.channel, sessions.is_bot
),

ranked as (
    -- one row per day, kind and name, with its place
    select
        counted.session_date,
        counted.path_kind,
        named.name,
        row_number() over (
            partition by counted.session_date, counted.path_kind
            order by
                sum(counted.sessions_count) filter (where not counted.is_bot) desc nulls last,
                sum(counted.sessions_count) desc, named.name asc
        ) as place
    from counted
    cross join
        lateral (
            values
            (counted.from_name),
            -- where the last step leads to is no other step's name
            (case when counted.step_number = 10 then counted.to_name end)
        ) as named (name)
    where named.name is not null
    group by counted.session_date, counted.path_kind, named.name
),

kept as (
    -- one row per day and kind: the names that stay, in an array; the planner would join them row by row
    select
        session_date,
        path_kind,
        array_agg(name) as names
    from ranked
    where place <= 20
    group by session_date, path_kind
),

bounded as (
    -- the rows of the mart, several where names share one
    select
        counted.session_date,
        counted.path_kind,
        counted.step_number,
        case when counted.from_name = any(kept.names) then counted.from_name else '(other)' end as from_name,
        case
            when counted.to_name = any(kept.names) then counted.to_name
            when counted.to_name is not null then '(other)'
        end as to_name,
        counted.channel,
        counted.is_bot,
        counted.sessions_count
    from counted
    inner join kept on counted.session_date = kept.session_date and counted.path_kind = kept.path_kind
)

select
    session_date,
    path_kind,
    step_number,
    from_name,
    to_name,
    channel,
    is_bot,
    sum(sessions_count) as sessions_count
from bounded
group by session_date, path_kind, step_number, from_name, to_name, channel, is_bot
