# How far the warehouse is filled: list(complete_to, first_date, last_date, version), NULL before a run.
# `version` changes whenever loaded rows do, so that remembered answers are dropped.
query_freshness <- function() {
  row <- database_query(
    "SELECT
       to_char(complete_to AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') AS complete_to,
       extract(epoch FROM complete_to)::float8 AS complete_to_epoch,
       first_session_date::text AS first_date,
       last_session_date::text AS last_date,
       (SELECT coalesce(sum(loaded_count), 0)::text FROM mart.account_hourly) AS loaded_count
     FROM mart.freshness"
  )
  if (nrow(row) == 0 || is.na(row$last_date)) {
    return(list(complete_to = NULL, first_date = NULL, last_date = NULL, version = "empty"))
  }
  list(
    complete_to = if (!is.na(row$complete_to)) row$complete_to,
    complete_to_epoch = row$complete_to_epoch,
    first_date = as.Date(row$first_date),
    last_date = as.Date(row$last_date),
    version = paste(row$complete_to, row$loaded_count, row$first_date, row$last_date)
  )
}
