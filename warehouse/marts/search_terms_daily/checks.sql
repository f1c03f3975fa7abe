-- Each query returns the rows that break a rule; none may return any.
select 'every list of results is counted once' as rule
where
    (select coalesce(sum(terms.results_views_count), 0) from mart.search_terms_daily as terms)
    <> (
        select count(*) from warehouse.fact_events
        where fact_events.event_name = 'view_search_results'
    );

select 'there are at least as many searches as search events, and no more than both events' as rule
where
    (select coalesce(sum(terms.searches_count), 0) from mart.search_terms_daily as terms)
    not between
    (
        select count(*) from warehouse.fact_events
        where fact_events.event_name = 'search'
    )
    and (
        select count(*) from warehouse.fact_events
        where fact_events.event_name in ('search', 'view_search_results')
    );

select 'a part is never larger than the whole' as rule
from mart.search_terms_daily
where
    empty_results_views_count > results_views_count
    or results_views_count > searches_count
    or sessions_count > searches_count
    or view_sessions_count > sessions_count
    or purchase_sessions_count > sessions_count;

select 'a day has at most 501 terms' as rule
from mart.search_terms_daily
group by session_date
having count(distinct search_term) > 501;
