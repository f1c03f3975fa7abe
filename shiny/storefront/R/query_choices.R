# What can be chosen in the filters: list(channels, devices), the busiest first.
query_choices <- function() {
  busiest <- function(column) {
    sql <- paste(
      "SELECT",
      column,
      "AS name FROM mart.traffic_hourly",
      "GROUP BY 1 ORDER BY sum(sessions_count) DESC, 1"
    )
    as.character(database_query(sql)$name)
  }
  list(channels = busiest("channel"), devices = busiest("device_category"))
}
