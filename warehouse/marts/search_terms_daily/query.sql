-- Grain: one row per day (UTC, of the session's start), search term, channel and bot flag. The 500 terms of a
-- day that most sessions search for have rows of their own; the others share the row (other).
with steps as (
    -- one row per search, list of results, product view and purchase event of the touched days' sessions,
    -- with its place in the session
    select
        events.session_id,
        events.session_date,
        events.channel,
        events.is_bot,
        events.event_date,
        events.event_id,
        events.event_name,
        coalesce(
            nullif(btrim(regexp_replace(lower(left(events.search_term, 100)), '\s+', ' ', 'g')), ''),
            '(not set)'
        ) as search_term,
        events.place
    from touched_events as events
    where events.event_name in ('search', 'view_search_results', 'view_item', 'purchase')
),

outcomes as (
    -- one row per session: its last product view, and its last order, if it has one
    select
        steps.session_id,
        max(steps.place) filter (where steps.event_name = 'view_item') as view_place,
        max(steps.place) filter (where orders.order_id is not null) as order_place
    from steps
    left join touched_orders as orders
        on steps.event_date = orders.event_date and steps.event_id = orders.event_id
    group by steps.session_id
),

session_terms as (
    -- one row per session and term
    select
        steps.session_id,
        steps.session_date,
        steps.channel,
        steps.is_bot,
        steps.search_term,
        min(steps.place) as first_place,
        count(*) filter (where steps.event_name = 'search') as search_events_count,
        count(*) filter (where steps.event_name = 'view_search_results') as results_views_count,
        count(*) filter (
            where steps.event_name = 'view_search_results' and items.event_id is null
        ) as empty_results_views_count
    from steps
    -- its first item, if it has any
    left join touched_items as items
        on
            steps.event_date = items.event_date
            and steps.event_id = items.event_id
            and items.item_number = 1
    where steps.event_name in ('search', 'view_search_results')
    group by steps.session_id, steps.session_date, steps.channel, steps.is_bot, steps.search_term
),

terms as (
    -- one row per day and term, with its place
    select
        session_date,
        search_term,
        row_number() over (
            partition by session_date
            order by count(*) filter (where not is_bot) desc, count(*) desc, search_term asc
        ) as place
    from session_terms
    group by session_date, search_term
),

named as (
    -- one row per session and term, under the name that it has in the mart
    select
        found.session_id,
        found.session_date,
        found.channel,
        found.is_bot,
        case when terms.place <= 500 then found.search_term else '(other)' end as search_term,
        -- shops send one of the two for a search, or both
        greatest(found.search_events_count, found.results_views_count) as searches_count,
        found.results_views_count,
        found.empty_results_views_count,
        coalesce(outcomes.view_place > found.first_place, false) as is_viewed,
        coalesce(outcomes.order_place > found.first_place, false) as is_bought
    from session_terms as found
    inner join terms on found.session_date = terms.session_date and found.search_term = terms.search_term
    inner join outcomes on found.session_id = outcomes.session_id
)

select
    session_date,
    search_term,
    channel,
    is_bot,
    sum(searches_count) as searches_count,
    sum(results_views_count) as results_views_count,
    sum(empty_results_views_count) as empty_results_views_count,
    count(distinct session_id) as sessions_count,
    count(distinct session_id) filter (where is_viewed) as view_sessions_count,
    count(distinct session_id) filter (where is_bought) as purchase_sessions_count
from named
group by session_date, search_term, channel, is_bot
