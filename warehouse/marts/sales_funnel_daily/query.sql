-- Grain: one row per day (UTC, of the session's start), channel, device category, bot flag and funnel step.
-- Unit: the session. Order: the steps must come in this order, other events may come between them. Window:
-- the session. Events of equal time keep the client's order (event_sequence), then that of their ids.
with steps (step_number, step_name, letter) as (
    values
    (1, 'view_item', 'a'),
    (2, 'add_to_cart', 'b'),
    (3, 'view_cart', 'c'),
    (4, 'add_shipping_info', 'd'),
    (5, 'add_payment_info', 'e'),
    (6, 'purchase', 'f')
),

trails as (
    -- one row per session with at least one step: its steps as letters, in the order in which they happened
    select
        events.session_date,
        events.channel,
        events.device_category,
        events.is_bot,
        string_agg(steps.letter, '' order by events.place) as trail
    from touched_events as events
    inner join steps on events.event_name = steps.step_name
    group by events.session_id, events.session_date, events.channel, events.device_category, events.is_bot
),

patterns as (
    -- one row per step: the pattern of a trail that reached it, such as %%a%%b%%
    select
        reached.step_number,
        reached.step_name,
        '%%' || string_agg(before.letter, '%%' order by before.step_number) || '%%' as pattern
    from steps as reached
    inner join steps as before on reached.step_number >= before.step_number
    group by reached.step_number, reached.step_name
)

select
    trails.session_date,
    trails.channel,
    trails.device_category,
    trails.is_bot,
    patterns.step_number,
    patterns.step_name,
    count(*) as sessions_count
from trails
inner join patterns on trails.trail like patterns.pattern
group by
    trails.session_date, trails.channel, trails.device_category, trails.is_bot,
    patterns.step_number, patterns.step_name
