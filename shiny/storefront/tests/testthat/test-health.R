fails_with <- function(class) function() stop(database_problem(class, simpleError("as PostgreSQL said it")))

test_that("health is 200 when the warehouse answers the app's own question", {
  answer <- health_answer(release = "abc")
  expect_equal(answer$status, 200L)
  said <- jsonlite::fromJSON(answer$content)
  expect_equal(said, list(app = "ok", database = "ok", release = "abc"))
})

test_that("health is 503 and says how the warehouse fails, but not in its words", {
  for (class in c("away", "refused")) {
    expect_message(answer <- health_answer(read = fails_with(paste0("database_", class))), class)
    expect_equal(answer$status, 503L)
    expect_equal(jsonlite::fromJSON(answer$content)$database, class)
    expect_no_match(answer$content, "PostgreSQL")
  }
})

test_that("health is answered at its own path, and the page everywhere else", {
  expect_s3_class(storefront_ui(list(PATH_INFO = "/health")), "httpResponse")
  expect_s3_class(storefront_ui(list(PATH_INFO = "/")), "shiny.tag.list")
})

test_that("a release knows its id, and a checkout that it is none", {
  file <- withr::local_tempfile(lines = "18f3934398f8")
  expect_equal(release_name(file), "18f3934398f8")
  expect_equal(release_name("not there"), "checkout")
})
