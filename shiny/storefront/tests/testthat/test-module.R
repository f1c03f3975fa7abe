test_that("headline numbers compare with the period before", {
  shiny::testServer(
    metrics_server,
    args = list(watch = a_watch(), selection = shiny::reactive(a_selection())),
    {
      sessions <- sum(query_sessions(a_selection())$sessions_count)
      expect_match(output$sessions$html, format_count(sessions), fixed = TRUE)
      expect_match(output$sessions$html, "28 Sep", fixed = TRUE)
      expect_match(output$scope$html, "bot sessions excluded", fixed = TRUE)
    }
  )
})

test_that("without a whole previous period there is no change to tell", {
  early <- shiny::reactive(a_selection("2026-05-10", "2026-06-10"))
  shiny::testServer(metrics_server, args = list(watch = a_watch(), selection = early), {
    expect_match(output$purchases$html, "does not reach back over a whole previous period", fixed = TRUE)
  })
})

test_that("an empty selection is a sentence", {
  none <- shiny::reactive(a_selection(channel = "No such channel"))
  shiny::testServer(traffic_server, args = list(watch = a_watch(), selection = none), {
    session$setInputs(granularity = "day")
    expect_match(output$empty$html, "No sessions in 26 Oct", fixed = TRUE)
  })
  shiny::testServer(funnel_server, args = list(watch = a_watch(), selection = none), {
    expect_match(output$funnel$html, "No session viewed an item", fixed = TRUE)
  })
})

test_that("notices are text and never markup", {
  watch <- a_watch()
  shiny::isolate(watch$state(utils::modifyList(watch$state(), list(notices = "<script>alert(1)</script>"))))
  shiny::testServer(status_server, args = list(watch = watch), {
    expect_match(output$notices$html, "&lt;script&gt;", fixed = TRUE)
  })
})

test_that("while the warehouse is away the page says so and keeps what it knows", {
  watch <- a_watch()
  shiny::testServer(status_server, args = list(watch = watch), {
    watch$report(database_problem("database_away", simpleError("no connection")))
    session$flushReact()
    expect_match(output$problem$html, "can't be reached right now", fixed = TRUE)
    expect_match(output$freshness$html, "Complete to 2026-11-22 20:00 UTC", fixed = TRUE)
  })
})

test_that("an empty warehouse is a sentence", {
  empty <- list(is_away = FALSE, freshness = list(last_date = NULL), notices = character(), choices = NULL)
  watch <- list(state = shiny::reactiveVal(empty), report = identity)
  shiny::testServer(status_server, args = list(watch = watch), {
    expect_match(output$problem$html, "No sessions are loaded yet", fixed = TRUE)
  })
})

test_that("data older than three hours is late", {
  expect_false(is_late(1000000, 1000000 + 3 * 3600))
  expect_true(is_late(1000000, 1000001 + 3 * 3600))
})

test_that("dates that arrived before a preset was chosen do not undo it", {
  shiny::testServer(filters_server, args = list(watch = a_watch()), {
    session$setInputs(preset = "28", channel = "", device = "", bots = "excluded")
    session$setInputs(dates = as.Date(c("2026-10-26", "2026-11-22")))
    session$setInputs(preset = "7")
    session$elapse(600)
    expect_equal(format(session$returned()$from), "2026-11-16")
    session$setInputs(dates = as.Date(c("2026-11-01", "2026-11-10")))
    session$elapse(600)
    expect_equal(format(session$returned()$from), "2026-11-01")
  })
})

test_that("a warehouse that was never reached is not called empty", {
  away <- away_state(NULL, database_problem("database_away", simpleError("no connection")))
  watch <- list(state = shiny::reactiveVal(away), report = identity)
  shiny::testServer(status_server, args = list(watch = watch), {
    expect_match(output$problem$html, "can't be reached right now", fixed = TRUE)
    expect_match(output$freshness$html, "Freshness not known", fixed = TRUE)
  })
})
