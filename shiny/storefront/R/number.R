# How numbers are written, and how they change.

format_count <- function(count) format(round(count), big.mark = ",", trim = TRUE, scientific = FALSE)

# 0.0361 is written 3.61 %; a share of nothing is written as a dash.
format_percent <- function(share, digits = 1) {
  ifelse(is.finite(share), paste0(formatC(100 * share, format = "f", digits = digits), "\u202f%"), "\u2013")
}

share_of <- function(part, whole) if (whole > 0) part / whole else NA_real_

# The change from `before` to `now`: list(direction, text); rates by percentage points, counts by percent.
# Without a figure before, or with nothing to divide by, there is no change to tell: NULL.
change_of <- function(now, before, is_rate = FALSE) {
  if (!is.finite(now) || !is.finite(before) || (!is_rate && before == 0)) {
    return(NULL)
  }
  amount <- if (is_rate) 100 * (now - before) else 100 * (now / before - 1)
  digits <- if (is_rate) 2 else 1
  rounded <- round(amount, digits)
  unit <- if (is_rate) "\u202fpp" else "\u202f%"
  list(
    direction = if (rounded > 0) {
      "up"
    } else if (rounded < 0) {
      "down"
    } else {
      "level"
    },
    text = paste0(formatC(abs(rounded), format = "f", digits = digits, big.mark = ","), unit)
  )
}
