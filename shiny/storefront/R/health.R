# Answers /health: whether the app and its database answer, and which release this is. 200 when both do, 503
# when the database does not; while the app does not, nobody is here to answer. Asked by whoever deploys and
# watches.
health_answer <- function(read = query_freshness, release = release_name()) {
  database <- tryCatch(
    {
      read()
      "ok"
    },
    database_away = function(problem) "away",
    database_refused = function(problem) "refused"
  )
  if (database != "ok") {
    message("health: the database is ", database)
  }
  shiny::httpResponse(
    status = if (database == "ok") 200L else 503L,
    content_type = "application/json",
    content = sprintf('{"app": "ok", "database": "%s", "release": "%s"}\n', database, release),
    headers = list("Cache-Control" = "no-store")
  )
}

# The id that scripts/pack_dashboards.py wrote beside app.R; a checkout has none.
release_name <- function(file = "RELEASE") {
  if (file.exists(file)) readLines(file, n = 1) else "checkout"
}
