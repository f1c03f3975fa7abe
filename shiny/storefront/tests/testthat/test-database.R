test_that("parameters travel apart from the SQL", {
  hostile <- "'; DROP TABLE mart.notice; --"
  expect_equal(database_query("SELECT $1::text AS said", hostile)$said, hostile)
  expect_equal(nrow(query_funnel(a_selection(channel = hostile))), 0)
})

test_that("a missing parameter is refused", {
  expect_error(database_query("SELECT $1::text", NA_character_), "must not be NA")
})

test_that("an SQL error is refused and not taken for an empty answer", {
  expect_error(database_query("SELECT * FROM mart.nothing"), class = "database_refused")
})

test_that("a connection that was cut is opened again", {
  pid <- database_query("SELECT pg_backend_pid() AS pid")$pid
  try(database_query("SELECT pg_terminate_backend(pg_backend_pid())"), silent = TRUE)
  expect_false(identical(database_query("SELECT pg_backend_pid() AS pid")$pid, pid))
})

test_that("a warehouse that is away is told apart, left alone for some seconds, and comes back", {
  database_forget()
  withr::with_envvar(c(PGPORT = "1"), expect_error(query_freshness(), class = "database_away"))
  expect_error(query_freshness(), class = "database_away")
  expect_null(database_session$connection)
  database_session$rests_until <- Sys.time() - 1
  expect_equal(query_freshness()$complete_to, "2026-11-22 20:00")
})

test_that("umlauts and signs come through whole", {
  expect_equal(database_query("SELECT $1::text AS said", "Käufer – 10\u202f%")$said, "Käufer – 10\u202f%")
})

test_that("an error is not remembered", {
  answers <- cachem::cache_mem()
  expect_error(remembered(list("k"), function() stop("away"), answers))
  expect_equal(remembered(list("k"), function() 7, answers), 7)
  expect_equal(remembered(list("k"), function() stop("asked again"), answers), 7)
})
