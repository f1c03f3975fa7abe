-- Grain: one row per day (UTC, of the session in which the order was placed), model, channel, source, medium,
-- campaign, bot flag and currency. Of a day's sources, mediums and campaigns the 200 that led to most orders
-- have rows of their own; the others of a channel share the row (other).
with orders as (
    -- one row per order that was placed in a session of these days, each of which is of at most a day
    select
        orders.order_id,
        orders.event_at,
        sessions.session_date,
        sessions.visitor_id,
        sessions.person_id,
        sessions.is_bot,
        coalesce(orders.currency, '(not set)') as currency,
        coalesce(orders.value, 0) - orders.refunded_value as net_revenue
    from unnest(%(credit_dates)s::date[]) as days (session_date)
    cross join
        lateral ( -- noqa: ST05
            with found as materialized (
                select fact_orders.*
                from warehouse.fact_orders
                where
                    fact_orders.event_at >= days.session_date::timestamp at time zone 'UTC'
                    and fact_orders.event_at < (days.session_date + 2)::timestamp at time zone 'UTC'
            )

            select found.* from found
        ) as orders
    inner join warehouse.fact_sessions as sessions
        on
            days.session_date = sessions.session_date
            and orders.visitor_id = sessions.visitor_id
            and orders.event_at between sessions.started_at and sessions.ended_at
),

touches as (
    -- one row per order and session of the same person, or of the same browser as long as nobody is known,
    -- with its place: 1 is the first. What is materialized is found by an index for each.
    select
        orders.order_id,
        orders.session_date,
        orders.is_bot,
        orders.currency,
        orders.net_revenue,
        visits.channel,
        left(visits.source, 100) as source,
        left(visits.medium, 100) as medium,
        coalesce(left(visits.campaign, 100), '(not set)') as campaign,
        count(*) over visits_of_order as touches_count,
        row_number() over (visits_of_order order by visits.started_at, visits.session_id) as place
    from orders
    cross join
        -- a CTE of the whole query can't be made for each order
        lateral ( -- noqa: ST05
            with found as materialized (
                select sessions.*
                from warehouse.fact_sessions as sessions
                where
                    sessions.person_id = orders.person_id and sessions.is_bot = orders.is_bot
                    and sessions.started_at
                    between orders.event_at - mart.attribution_lookback() and orders.event_at
                union all
                select sessions.*
                from warehouse.fact_sessions as sessions
                where
                    orders.person_id is null and sessions.person_id is null
                    and sessions.visitor_id = orders.visitor_id and sessions.is_bot = orders.is_bot
                    and sessions.started_at
                    between orders.event_at - mart.attribution_lookback() and orders.event_at
            )

            select found.* from found
        ) as visits
    window visits_of_order as (partition by orders.order_id)
),

placed as (
    -- the same, with the place of the last that is not direct
    select
        touches.*,
        max(touches.place) filter (where touches.channel <> 'Direct') over of_order as last_non_direct_place
    from touches
    window of_order as (partition by touches.order_id)
),

cut as (
    -- one row per order, model and visit with a part in it, the part cut to six decimals
    select
        placed.*,
        shares.model,
        trunc(shares.numerator::numeric / shares.denominator, 6) as order_part,
        trunc(placed.net_revenue * shares.numerator / shares.denominator, 6) as revenue_part,
        row_number() over (parts order by placed.place desc) as place_from_end
    from placed
    cross join
        lateral mart.attribution_shares(placed.place, placed.touches_count, placed.last_non_direct_place)
            as shares
    window parts as (partition by placed.order_id, shares.model)
),

credits as (
    -- the same, with what cutting left over: it is the last visit's
    select
        cut.*,
        case when cut.place_from_end = 1 then 1 - sum(cut.order_part) over parts else 0 end as order_rest,
        case when cut.place_from_end = 1 then cut.net_revenue - sum(cut.revenue_part) over parts else 0 end
            as revenue_rest
    from cut
    window parts as (partition by cut.order_id, cut.model)
),

sources as (
    -- one row per day and source, with its place
    select
        session_date,
        channel,
        source,
        medium,
        campaign,
        row_number() over (
            partition by session_date
            order by
                count(distinct order_id) filter (where not is_bot) desc, count(distinct order_id) desc,
                channel asc, source asc, medium asc, campaign asc
        ) <= 200 as is_named
    from touches
    group by session_date, channel, source, medium, campaign
)

select
    credits.session_date,
    credits.model,
    credits.channel,
    case when sources.is_named then credits.source else '(other)' end as source,
    case when sources.is_named then credits.medium else '(other)' end as medium,
    case when sources.is_named then credits.campaign else '(other)' end as campaign,
    credits.is_bot,
    credits.currency,
    sum(credits.order_part + credits.order_rest) as orders_credit,
    sum(credits.revenue_part + credits.revenue_rest) as net_revenue_credit
from credits
inner join sources
    on
        (credits.session_date, credits.channel, credits.source, credits.medium, credits.campaign)
        = (sources.session_date, sources.channel, sources.source, sources.medium, sources.campaign)
group by
    credits.session_date, credits.model, credits.channel,
    case when sources.is_named then credits.source else '(other)' end,
    case when sources.is_named then credits.medium else '(other)' end,
    case when sources.is_named then credits.campaign else '(other)' end,
    credits.is_bot, credits.currency
