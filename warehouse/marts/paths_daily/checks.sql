-- Each query returns the rows that break a rule; none may return any.
select 'every session begins one path of each kind' as rule
from (values ('page'), ('event')) as kinds (path_kind)
where
    (
        select coalesce(sum(paths.sessions_count), 0) from mart.paths_daily as paths
        where paths.path_kind = kinds.path_kind and paths.step_number = 1
    )
    <> (select count(*) from warehouse.fact_sessions);

select 'as many leave a name as came to it' as rule
from (
    select
        session_date,
        path_kind,
        step_number + 1 as step_number,
        to_name as name,
        channel,
        is_bot,
        sessions_count as came_count,
        0 as left_count
    from mart.paths_daily
    where to_name is not null and step_number < 10
    union all
    select
        session_date,
        path_kind,
        step_number,
        from_name as name,
        channel,
        is_bot,
        0 as came_count,
        sessions_count as left_count
    from mart.paths_daily
    where step_number > 1
) as flows
group by session_date, path_kind, step_number, name, channel, is_bot
having sum(came_count) <> sum(left_count);

select 'every path ends once, or goes on after ten steps' as rule
from (values ('page'), ('event')) as kinds (path_kind)
where
    (
        select coalesce(sum(paths.sessions_count), 0) from mart.paths_daily as paths
        where paths.path_kind = kinds.path_kind and (paths.to_name is null or paths.step_number = 10)
    )
    <> (select count(*) from warehouse.fact_sessions);

select 'a path has at most ten steps, and a day at most 21 names of a kind' as rule
from mart.paths_daily
group by session_date, path_kind
having max(step_number) > 10 or count(distinct from_name) > 21 or count(distinct to_name) > 21;

select 'a step between two names has one row' as rule
from mart.paths_daily
group by session_date, path_kind, step_number, from_name, to_name, channel, is_bot
having count(*) > 1;
