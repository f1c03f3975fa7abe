# What the reader selected, as SQL: a condition with five parameters, and their values.
# A selection is list(from, to, channel, device, bots); channel and device "" mean all.

selection_parameters <- function(selection) {
  is_bot <- c(excluded = "{f}", included = "{t,f}", only = "{t}")[[selection$bots]]
  c(format(selection$from), format(selection$to), selection$channel, selection$device, is_bot)
}

selection_filter <- "
  AND ($3::text = '' OR channel = $3::text)
  AND ($4::text = '' OR device_category = $4::text)
  AND is_bot = ANY ($5::boolean[])"

selected_dates <- paste("session_date BETWEEN $1::date AND $2::date", selection_filter)

# The same selection over other dates.
over_period <- function(selection, period) utils::modifyList(selection, period)
