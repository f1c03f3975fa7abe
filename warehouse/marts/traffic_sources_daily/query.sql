-- Grain: one row per day (UTC, of the session's start), channel, source, medium, campaign and bot flag. The
-- 500 sources, mediums and campaigns of a day with most sessions have rows of their own; the others of a
-- channel share the row (other).
with sessions as (
    -- one row per session of the touched days
    select
        sessions.session_id,
        sessions.session_date,
        sessions.channel,
        left(sessions.source, 100) as source,
        left(sessions.medium, 100) as medium,
        coalesce(left(sessions.campaign, 100), '(not set)') as campaign,
        sessions.is_bot,
        sessions.is_engaged,
        sessions.page_views_count
    from touched_sessions as sessions
),

bought as (
    -- one row per session in which something was ordered
    select
        session_id,
        count(*) as purchases_count,
        coalesce(sum(value) filter (where is_summed), 0) as revenue
    from touched_orders
    group by session_id
),

visits as (
    -- the same, with what was ordered
    select
        sessions.*,
        coalesce(bought.purchases_count, 0) as purchases_count,
        coalesce(bought.revenue, 0) as revenue
    from sessions
    left join bought on sessions.session_id = bought.session_id
),

sources as (
    -- one row per day and source, and whether it has a row of its own
    select
        session_date,
        channel,
        source,
        medium,
        campaign,
        row_number() over (
            partition by session_date
            order by
                count(*) filter (where not is_bot) desc, count(*) desc, channel asc, source asc, medium asc,
                campaign asc
        ) <= 500 as is_named
    from sessions
    group by session_date, channel, source, medium, campaign
)

select
    visits.session_date,
    visits.channel,
    case when sources.is_named then visits.source else '(other)' end as source,
    case when sources.is_named then visits.medium else '(other)' end as medium,
    case when sources.is_named then visits.campaign else '(other)' end as campaign,
    visits.is_bot,
    count(*) as sessions_count,
    count(*) filter (where visits.is_engaged) as engaged_sessions_count,
    count(*) filter (where visits.purchases_count > 0) as purchase_sessions_count,
    sum(visits.purchases_count) as purchases_count,
    sum(visits.page_views_count) as page_views_count,
    sum(visits.revenue) as revenue
from visits
inner join sources
    on
        visits.session_date = sources.session_date
        and visits.channel = sources.channel
        and visits.source = sources.source
        and visits.medium = sources.medium
        and visits.campaign = sources.campaign
group by
    visits.session_date, visits.channel,
    case when sources.is_named then visits.source else '(other)' end,
    case when sources.is_named then visits.medium else '(other)' end,
    case when sources.is_named then visits.campaign else '(other)' end,
    visits.is_bot
