traffic <- data.frame(
  bucket = rep(c("2026-11-01", "2026-11-02"), each = 10),
  channel = rep(c("Direct", "<b>x</b>", letters[1:8]), 2),
  sessions_count = rep(10:1, 2)
)

test_that("channels beyond the seventh become one", {
  series <- traffic_series(traffic)
  expect_equal(length(series), 8)
  expect_equal(series[[8]]$name, "3 other channels")
  expect_equal(sum(vapply(series, function(one) one$total, 0)), sum(traffic$sessions_count))
})

test_that("a channel keeps its colour when others are filtered out", {
  alone <- traffic_series(traffic[traffic$channel == "Direct", ])
  expect_equal(alone[[1]]$colour, channel_colours[["Direct"]])
})

test_that("names from the data are escaped", {
  names <- vapply(chart_traffic(traffic, "day")$x$data, function(trace) trace$name, "")
  expect_true("&lt;b&gt;x&lt;/b&gt;" %in% names)
  expect_false(any(grepl("<", names, fixed = TRUE)))
  expect_no_match(as.character(chart_traffic_legend(traffic)), "<b>", fixed = TRUE)
})

test_that("the previous period is drawn over the days that it is compared with", {
  before <- data.frame(bucket = "2026-10-30", channel = "Direct", sessions_count = 5)
  data <- chart_traffic(traffic, "day", before, shift_days = 2L)$x$data
  expect_equal(data[[length(data)]]$x, list("2026-11-01"))
})

test_that("a funnel step that none reached is zero and is drawn", {
  table <- funnel_table(data.frame(step_number = 1:2, sessions_count = c(200, 50)))
  expect_equal(table$sessions_count, c(200, 50, 0, 0, 0, 0))
  expect_equal(table$of_first[2], 0.25)
  expect_true(is.na(table$of_previous[4]))
  expect_match(as.character(chart_funnel(table)), "add_payment_info")
})

test_that("the funnel says in words whether bots are in", {
  expect_match(funnel_definition("excluded"), "bots excluded.", fixed = TRUE)
  expect_match(funnel_definition("only"), "bots only.", fixed = TRUE)
})

test_that("an account that does not balance says since when", {
  account <- list(
    hours_count = 3,
    stored_count = 10,
    loaded_count = 8,
    rejected_count = 1,
    duplicate_count = 0,
    erased_count = 1,
    bot_count = 0,
    unbalanced_hours_count = 1,
    first_unbalanced_hour = "2026-11-01 05:00"
  )
  page <- as.character(account_view(account, NULL))
  expect_match(page, "Not balanced")
  expect_match(page, "+ Erased", fixed = TRUE)
  expect_match(
    page,
    "1 of 3 hours of receiving do not balance, the first at 2026-11-01 05:00 UTC.",
    fixed = TRUE
  )
})
