day <- as.Date

test_that("the previous period is as long and ends the day before", {
  before <- previous_period(list(from = day("2026-10-26"), to = day("2026-11-22")))
  expect_equal(before, list(from = day("2026-09-28"), to = day("2026-10-25")))
})

test_that("a preset ends on the last day with sessions and stays inside the data", {
  expect_equal(
    preset_period("7", day("2026-05-01"), day("2026-11-22")),
    list(from = day("2026-11-16"), to = day("2026-11-22"))
  )
  expect_equal(preset_period("90", day("2026-11-01"), day("2026-11-22"))$from, day("2026-11-01"))
  expect_equal(preset_period("all", day("2026-05-01"), day("2026-11-22"))$from, day("2026-05-01"))
})

test_that("typed dates find the preset that they stand for", {
  first <- day("2026-05-01")
  last <- day("2026-11-22")
  expect_equal(matching_preset(list(from = day("2026-11-16"), to = last), first, last), "7")
  expect_null(matching_preset(list(from = day("2026-11-15"), to = last), first, last))
})

test_that("typed dates in the wrong order or half typed are no period", {
  days <- list(first_date = day("2026-05-01"), last_date = day("2026-11-22"))
  expect_null(typed_period(day(c("2026-11-10", "2026-11-01")), days))
  expect_null(typed_period(day(c("2026-11-10", NA)), days))
  expect_equal(typed_period(day(c("2020-01-01", "2026-11-10")), days)$from, day("2026-05-01"))
})

test_that("hours are offered up to a week", {
  expect_true("hour" %in% granularity_choices(list(from = day("2026-11-16"), to = day("2026-11-22"))))
  expect_false("hour" %in% granularity_choices(list(from = day("2026-11-15"), to = day("2026-11-22"))))
})
