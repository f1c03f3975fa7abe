-- A person's sessions: when somebody turns out to be the one who came before, the rows of the mart by person
-- are rewritten on all those days, and of no one else.
create index fact_sessions_person_idx
on warehouse.fact_sessions (coalesce(person_id, visitor_id), session_date);
