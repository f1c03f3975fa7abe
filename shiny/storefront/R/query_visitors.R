# Distinct visitors over the whole selection: a visitor who came on two days is one visitor.
query_visitors <- function(selection) {
  sql <- paste(
    "SELECT count(DISTINCT visitor_id)::float8 AS visitors_count FROM mart.visitors_daily WHERE",
    selected_dates
  )
  database_query(sql, selection_parameters(selection))$visitors_count
}

# Distinct visitors of each day; they do not add up to the visitors of the selection.
query_visitors_daily <- function(selection) {
  rows <- database_query(
    paste(
      "SELECT session_date::text AS session_date, count(DISTINCT visitor_id)::float8 AS visitors_count
       FROM mart.visitors_daily WHERE",
      selected_dates,
      "GROUP BY 1 ORDER BY 1"
    ),
    selection_parameters(selection)
  )
  data.frame(
    session_date = as.Date(as.character(rows$session_date)),
    visitors_count = as.numeric(rows$visitors_count)
  )
}
