# One connection per R process, opened on first use and opened again when it has died.
# Where the warehouse is comes from libpq's own variables (PGHOST, PGDATABASE, PGUSER, ...).

database_session <- new.env(parent = emptyenv())

database_connection <- function() {
  if (is.null(database_session$connection)) {
    database_session$connection <- DBI::dbConnect(RPostgreSQL::PostgreSQL())
  }
  database_session$connection
}

database_forget <- function() {
  if (!is.null(database_session$connection)) {
    try(suppressWarnings(DBI::dbDisconnect(database_session$connection)), silent = TRUE)
  }
  database_session$connection <- NULL
}

# Rows of a query. `parameters` is a character vector for $1, $2, ...; it travels apart from the SQL.
# Errors are conditions of class database_away (transient: try again) or database_refused (terminal).
database_query <- function(sql, parameters = character()) {
  if (anyNA(parameters)) {
    stop("parameters must not be NA: RPostgreSQL would send the text \"NA\"", call. = FALSE)
  }
  tryCatch(
    database_fetch(sql, parameters),
    error = function(problem) {
      if (!is_connection_lost(problem)) {
        stop(database_problem("database_refused", problem))
      }
      database_forget()
      tryCatch(database_fetch(sql, parameters), error = function(again) {
        database_forget()
        stop(database_problem("database_away", again))
      })
    }
  )
}

# dbGetQuery() of RPostgreSQL turns an SQL error into a warning and NULL; dbSendQuery() raises it.
database_fetch <- function(sql, parameters) {
  connection <- database_connection()
  result <- if (length(parameters) > 0) {
    DBI::dbSendQuery(connection, sql, unname(parameters))
  } else {
    DBI::dbSendQuery(connection, sql)
  }
  on.exit(DBI::dbClearResult(result))
  DBI::fetch(result, n = -1)
}

# A dead connection can be told by its message alone: isPostgresqlIdCurrent() stays TRUE.
is_connection_lost <- function(problem) {
  signs <- paste(
    c(
      "no connection",
      "could not connect",
      "terminating connection",
      "server closed",
      "connection to server",
      "connection not open",
      "could not receive data",
      "could not send data",
      "connection has been closed",
      "expired PostgreSQLConnection"
    ),
    collapse = "|"
  )
  grepl(signs, conditionMessage(problem), ignore.case = TRUE)
}

database_problem <- function(class, problem) {
  structure(class = c(class, "error", "condition"), list(message = conditionMessage(problem), call = NULL))
}
