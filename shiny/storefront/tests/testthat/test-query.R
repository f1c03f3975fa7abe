count_of <- function(sql) database_query(sql)[[1]]

test_that("days, weeks and hours add up to the same sessions", {
  week <- a_selection("2026-11-16", "2026-11-22")
  expected <- sum(query_sessions(week)$sessions_count)
  expect_gt(expected, 0)
  for (granularity in c("hour", "day", "week")) {
    expect_equal(sum(query_traffic(week, granularity)$sessions_count), expected)
  }
  expect_equal(unique(query_traffic(week, "week")$bucket), "2026-11-16")
})

test_that("bots are left out, let in, or shown alone", {
  sessions <- function(bots) sum(query_sessions(a_selection(bots = bots))$sessions_count)
  expect_equal(sessions("included"), sessions("excluded") + sessions("only"))
  expect_equal(query_bot_sessions(a_selection()), sessions("only"))
  expect_gt(sessions("only"), 0)
})

test_that("channel and device narrow every figure", {
  all_sessions <- query_sessions(a_selection())
  channels <- query_choices()$channels
  by_channel <- vapply(
    channels,
    function(name) sum(query_sessions(a_selection(channel = name))$sessions_count),
    0
  )
  expect_equal(sum(by_channel), sum(all_sessions$sessions_count))
  phone <- a_selection(device = "mobile")
  expect_lt(query_visitors(phone), query_visitors(a_selection()))
  expect_lt(query_funnel(phone)$sessions_count[1], query_funnel(a_selection())$sessions_count[1])
})

test_that("a visitor of two days is one visitor", {
  one_by_one <- sum(query_visitors_daily(a_selection())$visitors_count)
  expect_lt(query_visitors(a_selection()), one_by_one)
})

test_that("figures equal what the marts say", {
  expect_equal(
    sum(query_sessions(a_selection())$purchases_count),
    count_of(
      "SELECT sum(purchases_count)::float8 FROM mart.traffic_hourly WHERE NOT is_bot
       AND session_date BETWEEN '2026-10-26' AND '2026-11-22'"
    )
  )
  expect_equal(query_funnel(a_selection())$step_number, 1:6)
})

test_that("no rows keep their types", {
  empty <- a_selection("2020-01-01", "2020-01-02")
  expect_s3_class(query_sessions(empty)$session_date, "Date")
  expect_equal(nrow(query_traffic(empty, "day")), 0)
  expect_equal(query_visitors(empty), 0)
})

test_that("the golden account balances", {
  account <- query_account()
  expect_true(is_balanced(account))
  parts <- account[c("loaded_count", "rejected_count", "duplicate_count", "erased_count")]
  expect_equal(account$stored_count, sum(unlist(parts)))
  expect_gt(account$erased_count, 0)
})
