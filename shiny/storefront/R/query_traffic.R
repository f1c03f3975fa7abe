# Sessions by channel per hour, day or week (weeks start on Monday), all in UTC.
# `bucket` is text, "2026-11-22" or "2026-11-22 20:00": R's own time zone has no say in it.
query_traffic <- function(selection, granularity) {
  stopifnot(granularity %in% c("hour", "day", "week"))
  rows <- database_query(
    paste(
      "SELECT
         to_char(
           date_trunc($6::text, session_hour AT TIME ZONE 'UTC'),
           CASE $6::text WHEN 'hour' THEN 'YYYY-MM-DD HH24:MI' ELSE 'YYYY-MM-DD' END
         ) AS bucket,
         channel,
         sum(sessions_count)::float8 AS sessions_count
       FROM mart.traffic_hourly WHERE",
      selected_dates,
      "GROUP BY 1, 2 ORDER BY 1, 2"
    ),
    c(selection_parameters(selection), granularity)
  )
  data.frame(
    bucket = as.character(rows$bucket),
    channel = as.character(rows$channel),
    sessions_count = as.numeric(rows$sessions_count)
  )
}
