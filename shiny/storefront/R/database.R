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
  if (is_database_resting()) {
    stop(database_problem("database_away", database_session$last_problem))
  }
  was_open <- !is.null(database_session$connection)
  tryCatch(
    database_fetch(sql, parameters),
    error = function(problem) {
      if (!is_connection_lost(problem)) {
        stop(database_problem("database_refused", problem))
      }
      if (is.null(database_session$connection)) {
        database_rest(problem)
      }
      database_forget()
      if (!was_open) {
        stop(database_problem("database_away", problem))
      }
      # an open connection may be older than the database's last restart: once more, on a new one
      database_query(sql, parameters)
    }
  )
}

# While a database cannot be reached, each attempt may take seconds in which R serves nobody. So after one
# that failed, all sessions of this process are told so for a while, without an attempt.
database_rest_seconds <- 5

database_rest <- function(problem) {
  database_session$last_problem <- problem
  database_session$rests_until <- Sys.time() + database_rest_seconds
}

is_database_resting <- function(now = Sys.time()) {
  !is.null(database_session$rests_until) && now < database_session$rests_until
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
