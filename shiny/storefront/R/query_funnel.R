# Sessions that reached each step of the sales funnel in order; a step that none reached has no row.
query_funnel <- function(selection) {
  rows <- database_query(
    paste(
      "SELECT step_number::int AS step_number, step_name, sum(sessions_count)::float8 AS sessions_count
       FROM mart.sales_funnel_daily WHERE",
      selected_dates,
      "GROUP BY 1, 2 ORDER BY 1"
    ),
    selection_parameters(selection)
  )
  data.frame(
    step_number = as.integer(rows$step_number),
    step_name = as.character(rows$step_name),
    sessions_count = as.numeric(rows$sessions_count)
  )
}
