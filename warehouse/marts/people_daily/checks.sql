-- Each query returns the rows that break a rule; none may return any.
select 'every session is counted once' as rule
where
    (select coalesce(sum(people_daily.sessions_count), 0) from mart.people_daily)
    <> (select count(*) from warehouse.fact_sessions);

select 'a session with one account is that account''s' as rule
from warehouse.fact_sessions
where users_count = 1 and person_id is distinct from user_id;

select 'a session with two accounts is nobody''s' as rule
from warehouse.fact_sessions
where users_count > 1 and person_id is not null;

select 'a session belongs only to an account that signed in on its browser' as rule
from warehouse.fact_sessions as sessions
where
    sessions.person_id is not null
    and not exists (
        select from warehouse.fact_sessions as signed_in
        where
            signed_in.visitor_id = sessions.visitor_id
            and sessions.person_id in (signed_in.user_id, signed_in.last_user_id)
    );
