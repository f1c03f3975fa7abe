-- Grain: one row per day (UTC, of the session's start) and event name. Of names that Google Analytics 4 does
-- not know, the 100 most frequent of a day have a row each; the others share the row (other).
with named as (
    -- one row per day and event name
    select
        events.session_date,
        events.event_name,
        events.event_name in (
            'add_payment_info', 'add_shipping_info', 'add_to_cart', 'add_to_wishlist', 'begin_checkout',
            'click', 'exception', 'first_visit', 'login', 'page_view', 'purchase', 'refund',
            'remove_from_cart', 'scroll', 'search', 'select_item', 'select_promotion', 'session_start',
            'share', 'sign_up', 'user_engagement', 'view_cart', 'view_item', 'view_item_list',
            'view_promotion', 'view_search_results'
        ) as is_known,
        count(*) as events_count,
        count(*) filter (where events.is_bot_event) as bot_events_count,
        count(*) filter (where events.is_value_unreadable) as unreadable_values_count,
        count(*) filter (
            where events.value is not null and events.currency is null
        ) as unnamed_currency_values_count,
        count(*) filter (
            where events.value is not null and events.currency <> reporting_currency.currency
        ) as other_currency_values_count
    from touched_events as events
    cross join mart.reporting_currency
    group by events.session_date, events.event_name
),

ranked as (
    -- one row per day and event name, with its place among the day's known or unknown names
    select
        named.*,
        row_number() over (
            partition by named.session_date, named.is_known
            order by named.events_count desc, named.event_name asc
        ) as place
    from named
)

select
    session_date,
    case when is_known or place <= 100 then event_name else '(other)' end as event_name,
    is_known,
    sum(events_count) as events_count,
    sum(bot_events_count) as bot_events_count,
    sum(unreadable_values_count) as unreadable_values_count,
    sum(unnamed_currency_values_count) as unnamed_currency_values_count,
    sum(other_currency_values_count) as other_currency_values_count
from ranked
group by session_date, case when is_known or place <= 100 then event_name else '(other)' end, is_known
