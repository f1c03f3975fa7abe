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

counted as (
    -- the rows of the mart, before the names are bounded
    select
        sessions.session_date,
        sessions.channel,
        sessions.source,
        sessions.medium,
        sessions.campaign,
        sessions.is_bot,
        count(*) as sessions_count,
        count(*) filter (where sessions.is_engaged) as engaged_sessions_count,
        count(bought.session_id) as purchase_sessions_count,
        coalesce(sum(bought.purchases_count), 0) as purchases_count,
        sum(sessions.page_views_count) as page_views_count,
        coalesce(sum(bought.revenue), 0) as revenue
    from sessions
    left join touched_purchases as bought on sessions.session_id = bought.session_id
    group by
        sessions.session_date, sessions.channel, sessions.source, sessions.medium, sessions.campaign,
        sessions.is_bot
),

summed as (
    -- the same, with the sessions of all rows of these names
    select
        counted.*,
        coalesce(sum(counted.sessions_count) filter (where not counted.is_bot) over of_names, 0) as people,
        sum(counted.sessions_count) over of_names as everybody
    from counted
    window
        of_names as (
            partition by
                counted.session_date, counted.channel, counted.source, counted.medium, counted.campaign
        )
),

named as (
    -- the same, with whether these names have rows of their own; to join them would take row by row
    select
        summed.*,
        dense_rank() over (
            partition by summed.session_date
            order by
                summed.people desc, summed.everybody desc, summed.channel asc, summed.source asc,
                summed.medium asc, summed.campaign asc
        ) <= 500 as is_named
    from summed
)

select
    session_date,
    channel,
    case when is_named then source else '(other)' end as source,
    case when is_named then medium else '(other)' end as medium,
    case when is_named then campaign else '(other)' end as campaign,
    is_bot,
    sum(sessions_count) as sessions_count,
    sum(engaged_sessions_count) as engaged_sessions_count,
    sum(purchase_sessions_count) as purchase_sessions_count,
    sum(purchases_count) as purchases_count,
    sum(page_views_count) as page_views_count,
    sum(revenue) as revenue
from named
group by
    session_date,
    channel,
    case when is_named then source else '(other)' end,
    case when is_named then medium else '(other)' end,
    case when is_named then campaign else '(other)' end,
    is_bot
