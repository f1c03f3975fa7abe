# The four headline numbers, made from sums: pure functions, rows in, numbers out.

# The same rows with a zero for every day of the period that had none.
complete_days <- function(daily, period) {
  days <- data.frame(session_date = seq(period$from, period$to, by = "day"))
  filled <- merge(days, daily, by = "session_date", all.x = TRUE)
  filled[is.na(filled)] <- 0
  filled
}

# Headline numbers of one period. `daily` has the rows of query_sessions().
metric_totals <- function(daily, visitors_count) {
  sessions_count <- sum(daily$sessions_count)
  list(
    sessions = sessions_count,
    visitors = visitors_count,
    conversion = share_of(sum(daily$purchase_sessions_count), sessions_count),
    purchases = sum(daily$purchases_count)
  )
}

# One value per day for each headline number, for the small lines.
metric_lines <- function(daily, visitors_daily, period) {
  days <- complete_days(daily, period)
  list(
    sessions = days$sessions_count,
    visitors = complete_days(visitors_daily, period)$visitors_count,
    conversion = ifelse(days$sessions_count > 0, days$purchase_sessions_count / days$sessions_count, 0),
    purchases = days$purchases_count
  )
}
