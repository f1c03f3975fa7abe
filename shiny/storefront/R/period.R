# A period is list(from, to): two dates in UTC, both inside the period.

period_days <- function(period) as.integer(period$to - period$from) + 1L

previous_period <- function(period) {
  list(from = period$from - period_days(period), to = period$from - 1L)
}

preset_choices <- c("7 days" = "7", "28 days" = "28", "90 days" = "90", "All" = "all")

# The period that a preset stands for, ending on the last day that has sessions.
preset_period <- function(preset, first_date, last_date) {
  if (identical(preset, "all")) {
    return(list(from = first_date, to = last_date))
  }
  list(from = max(first_date, last_date - as.integer(preset) + 1L), to = last_date)
}

# The preset that stands for this period, or NULL when it is a period of the reader's own.
matching_preset <- function(period, first_date, last_date) {
  is_match <- vapply(
    preset_choices,
    function(preset) {
      identical(lapply(preset_period(preset, first_date, last_date), as.numeric), lapply(period, as.numeric))
    },
    logical(1)
  )
  if (any(is_match)) unname(preset_choices[is_match])[1] else NULL
}

# Hours are offered up to a week: more bars than that are no longer read.
granularity_choices <- function(period) {
  if (period_days(period) <= 7) {
    c("Hour" = "hour", "Day" = "day", "Week" = "week")
  } else {
    c("Day" = "day", "Week" = "week")
  }
}

format_day <- function(date) sub("^0", "", format(date, "%d %b %Y"))

format_period <- function(period) {
  from <- if (format(period$from, "%Y") == format(period$to, "%Y")) {
    sub("^0", "", format(period$from, "%d %b"))
  } else {
    format_day(period$from)
  }
  if (period$from == period$to) format_day(period$to) else paste(from, "\u2013", format_day(period$to))
}
