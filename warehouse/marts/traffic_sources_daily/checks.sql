-- Each query returns the rows that break a rule; none may return any.
with hourly as (
    select
        session_date,
        channel,
        is_bot,
        sum(sessions_count) as sessions_count,
        sum(engaged_sessions_count) as engaged_sessions_count,
        sum(purchase_sessions_count) as purchase_sessions_count,
        sum(purchases_count) as purchases_count,
        sum(page_views_count) as page_views_count,
        sum(revenue) as revenue
    from mart.traffic_hourly
    group by session_date, channel, is_bot
),

daily as (
    select
        session_date,
        channel,
        is_bot,
        sum(sessions_count) as sessions_count,
        sum(engaged_sessions_count) as engaged_sessions_count,
        sum(purchase_sessions_count) as purchase_sessions_count,
        sum(purchases_count) as purchases_count,
        sum(page_views_count) as page_views_count,
        sum(revenue) as revenue
    from mart.traffic_sources_daily
    group by session_date, channel, is_bot
)

select 'every sum is that of traffic_hourly' as rule
from hourly
full join daily
    on
        hourly.session_date = daily.session_date
        and hourly.channel = daily.channel
        and hourly.is_bot = daily.is_bot
where
    hourly.sessions_count is distinct from daily.sessions_count
    or hourly.engaged_sessions_count is distinct from daily.engaged_sessions_count
    or hourly.purchase_sessions_count is distinct from daily.purchase_sessions_count
    or hourly.purchases_count is distinct from daily.purchases_count
    or hourly.page_views_count is distinct from daily.page_views_count
    or hourly.revenue is distinct from daily.revenue;

select 'a day has at most 501 sources, mediums and campaigns of a channel' as rule
from mart.traffic_sources_daily
where not is_bot
group by session_date, channel
having count(*) > 501;
