test_that("a share of nothing is a dash and not zero", {
  expect_equal(format_percent(share_of(0, 0)), "\u2013")
  expect_equal(format_percent(0.0361, 2), "3.61\u202f%")
})

test_that("counts change by percent and rates by percentage points", {
  expect_equal(change_of(110, 100), list(direction = "up", text = "10.0\u202f%"))
  expect_equal(change_of(0.03, 0.04, is_rate = TRUE), list(direction = "down", text = "1.00\u202fpp"))
  expect_equal(change_of(100, 100.01)$direction, "level")
})

test_that("there is no change from nothing", {
  expect_null(change_of(5, 0))
  expect_null(change_of(0.5, NA_real_, is_rate = TRUE))
})

test_that("conversion is made from sums and not from daily rates", {
  daily <- data.frame(
    session_date = as.Date(c("2026-11-01", "2026-11-02")),
    sessions_count = c(100, 900),
    purchase_sessions_count = c(10, 9),
    purchases_count = c(11, 9)
  )
  expect_equal(metric_totals(daily, 800)$conversion, 0.019)
})

test_that("a day without sessions is a zero in the line", {
  period <- list(from = as.Date("2026-11-01"), to = as.Date("2026-11-03"))
  daily <- data.frame(session_date = as.Date("2026-11-02"), visitors_count = 4)
  expect_equal(complete_days(daily, period)$visitors_count, c(0, 4, 0))
})
