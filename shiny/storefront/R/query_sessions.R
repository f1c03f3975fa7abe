# Sessions and purchases per day (UTC day on which the session started); days without sessions have no row.
query_sessions <- function(selection) {
  rows <- database_query(
    paste(
      "SELECT
         session_date::text AS session_date,
         sum(sessions_count)::float8 AS sessions_count,
         sum(purchase_sessions_count)::float8 AS purchase_sessions_count,
         sum(purchases_count)::float8 AS purchases_count
       FROM mart.traffic_hourly WHERE",
      selected_dates,
      "GROUP BY 1 ORDER BY 1"
    ),
    selection_parameters(selection)
  )
  data.frame(
    session_date = as.Date(as.character(rows$session_date)),
    sessions_count = as.numeric(rows$sessions_count),
    purchase_sessions_count = as.numeric(rows$purchase_sessions_count),
    purchases_count = as.numeric(rows$purchases_count)
  )
}

# How many sessions the bot filter leaves out of this selection.
query_bot_sessions <- function(selection) {
  selection$bots <- "only"
  sum(query_sessions(selection)$sessions_count)
}
