-- Golden figures: about 120,000 made-up sessions, the same ones on every run, added up into every mart,
-- so that the marts agree with each other as they do in a real warehouse.
CREATE FUNCTION pg_temp.share(text) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT ('x' || substr(md5($1), 1, 7))::bit(28)::int / 268435456.0 $$;

CREATE TEMPORARY TABLE channel_mix AS
SELECT *, coalesce(sum(weight) OVER (ORDER BY position ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS low,
  sum(weight) OVER (ORDER BY position) AS high
FROM (VALUES
  (1, 'Organic Search', 0.340, 1.10), (2, 'Direct', 0.245, 1.25), (3, 'Paid Search', 0.150, 1.00),
  (4, 'Email', 0.085, 1.60), (5, 'Organic Social', 0.075, 0.55), (6, 'Referral', 0.060, 0.80),
  (7, 'Paid Social', 0.028, 0.45), (8, 'Affiliates', 0.012, 0.90), (9, 'AI Assistant', 0.005, 1.30)
) AS mix (position, channel, weight, buys);

CREATE TEMPORARY TABLE golden_session AS
WITH days AS (
  SELECT day::date AS session_date, (day::date - date '2026-05-01') AS age,
    floor(470 + 0.9 * (day::date - date '2026-05-01')
      + 60 * sin((day::date - date '2026-05-01') / 23.0)
      + CASE extract(isodow FROM day) WHEN 6 THEN -85 WHEN 7 THEN -60 WHEN 1 THEN 45 ELSE 15 END
      + CASE WHEN day::date BETWEEN date '2026-11-09' AND date '2026-11-12' THEN 150 ELSE 0 END
      + 40 * pg_temp.share(day::date::text)) AS sessions_count
  FROM generate_series(timestamp '2026-05-01', timestamp '2026-11-22', interval '1 day') AS day
),
sessions AS (
  SELECT session_date, age, session_date || ':' || number AS session_id
  FROM days, generate_series(1, sessions_count::int) AS number
),
drawn AS (
  SELECT session_id, session_date,
    (floor(24 * (pg_temp.share(session_id || 'h') + pg_temp.share(session_id || 'i')) / 2 + 2.5)::int % 24) AS hour_number,
    pg_temp.share(session_id || 'c') AS channel_share,
    pg_temp.share(session_id || 'd') AS device_share,
    pg_temp.share(session_id || 'b') < 0.06 AS is_bot,
    pg_temp.share(session_id || 's') AS step_share,
    pg_temp.share(session_id || 'p') AS purchase_share,
    'visitor-' || (age * 30 + floor(9000 * pg_temp.share(session_id || 'v') ^ 2)) AS visitor_id
  FROM sessions
)
SELECT session_id, session_date, (session_date + make_interval(hours => hour_number)) AT TIME ZONE 'UTC' AS session_hour,
  channel, is_bot, visitor_id,
  CASE WHEN device_share < 0.56 THEN 'mobile' WHEN device_share < 0.93 THEN 'desktop' ELSE 'tablet' END AS device_category,
  CASE
    WHEN is_bot THEN (step_share < 0.8)::int
    WHEN step_share < 0.030 * buys THEN 6 WHEN step_share < 0.038 * buys THEN 5
    WHEN step_share < 0.055 * buys THEN 4 WHEN step_share < 0.110 * buys THEN 3
    WHEN step_share < 0.170 * buys THEN 2 WHEN step_share < 0.640 THEN 1 ELSE 0
  END AS steps_reached,
  -- a few buy without passing every step in order: purchases are more than the funnel's last step
  NOT is_bot AND (step_share < 0.030 * buys OR purchase_share < 0.003) AS is_purchase
FROM drawn JOIN channel_mix ON channel_share >= low AND channel_share < high
WHERE (session_date < date '2026-11-22' OR hour_number < 20);

INSERT INTO mart.traffic_hourly (
  session_hour, session_date, channel, device_category, is_bot, sessions_count, engaged_sessions_count,
  purchase_sessions_count, purchases_count, page_views_count, events_count, revenue
)
SELECT session_hour, session_date, channel, device_category, is_bot, count(*),
  count(*) FILTER (WHERE steps_reached > 0), count(*) FILTER (WHERE is_purchase),
  count(*) FILTER (WHERE is_purchase) + count(*) FILTER (WHERE is_purchase AND pg_temp.share(session_id || 'x') < 0.04),
  count(*) * 4, count(*) * 9, 0
FROM golden_session GROUP BY session_hour, session_date, channel, device_category, is_bot;

INSERT INTO mart.visitors_daily
SELECT session_date, visitor_id, channel, device_category, is_bot, count(*)
FROM golden_session GROUP BY session_date, visitor_id, channel, device_category, is_bot;

INSERT INTO mart.sales_funnel_daily
SELECT session_date, channel, device_category, is_bot, step_number, step_name, count(*)
FROM golden_session JOIN (VALUES
  (1, 'view_item'), (2, 'add_to_cart'), (3, 'view_cart'),
  (4, 'add_shipping_info'), (5, 'add_payment_info'), (6, 'purchase')
) AS step (step_number, step_name) ON steps_reached >= step_number
GROUP BY session_date, channel, device_category, is_bot, step_number, step_name;

INSERT INTO mart.account_hourly (
  received_hour, received_date, stored_count, loaded_count, rejected_count, duplicate_count, erased_count, bot_count
)
SELECT session_hour, session_date, loaded_count + rejected_count + duplicate_count + erased_count, loaded_count, rejected_count, duplicate_count, erased_count, bot_count
FROM (
  SELECT session_hour, session_date, count(*) * 9 AS loaded_count,
    count(*) FILTER (WHERE pg_temp.share(session_id || 'r') < 0.012) AS rejected_count,
    count(*) FILTER (WHERE pg_temp.share(session_id || 'q') < 0.030) AS duplicate_count,
    count(*) FILTER (WHERE pg_temp.share(session_id || 'e') < 0.002) AS erased_count,
    count(*) FILTER (WHERE is_bot) * 9 AS bot_count
  FROM golden_session GROUP BY session_hour, session_date
) AS hours;

INSERT INTO etl.runs (started_at, completed_at, complete_to)
VALUES ('2026-11-22 20:03+00', '2026-11-22 20:04+00', '2026-11-22 20:00+00');

INSERT INTO mart.notice (notice_id, body, created_at) VALUES
('golden-figures', 'These are made-up figures for trying the page out. They belong to no shop.', '2026-11-22 20:05+00');

ANALYZE mart.traffic_hourly, mart.visitors_daily, mart.sales_funnel_daily, mart.account_hourly;
