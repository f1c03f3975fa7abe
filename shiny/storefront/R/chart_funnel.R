# The sales funnel as a table with bars: six steps, whatever the rows have.

funnel_steps <- data.frame(
  step_number = 1:6,
  label = c(
    "Viewed an item",
    "Added to cart",
    "Viewed the cart",
    "Chose shipping",
    "Chose payment",
    "Purchased"
  ),
  event = c("view_item", "add_to_cart", "view_cart", "add_shipping_info", "add_payment_info", "purchase")
)

# One row per step: counts (0 where none reached it), share of the first step and of the step before.
funnel_table <- function(rows) {
  counts <- rows$sessions_count[match(funnel_steps$step_number, rows$step_number)]
  counts[is.na(counts)] <- 0
  before <- c(NA, counts[-length(counts)])
  data.frame(
    funnel_steps,
    sessions_count = counts,
    of_first = if (counts[1] > 0) counts / counts[1] else NA_real_,
    of_previous = ifelse(!is.na(before) & before > 0, counts / before, NA_real_)
  )
}

chart_funnel <- function(table) {
  tags <- htmltools::tags
  heading <- tags$thead(tags$tr(
    tags$th("Step", scope = "col"),
    tags$th(
      scope = "col",
      class = "funnel-track",
      tags$span(class = "visually-hidden", "Share of the first step, drawn")
    ),
    tags$th("Sessions", scope = "col"),
    tags$th("of first", scope = "col"),
    tags$th("of previous", scope = "col")
  ))
  steps <- lapply(seq_len(nrow(table)), function(number) funnel_row(table[number, ]))
  tags$table(class = "funnel", heading, tags$tbody(steps))
}

funnel_row <- function(step) {
  tags <- htmltools::tags
  width <- if (is.finite(step$of_first)) max(100 * step$of_first, 0.4) else 0
  tags$tr(
    `data-step` = step$event,
    tags$th(scope = "row", tags$span(class = "funnel-label", step$label), tags$code(step$event)),
    tags$td(
      class = "funnel-track",
      tags$div(class = "funnel-bar", style = sprintf("width:%.2f%%", width))
    ),
    tags$td(class = "funnel-count", format_count(step$sessions_count)),
    tags$td(class = "funnel-first", format_percent(step$of_first)),
    tags$td(class = "funnel-previous", format_percent(step$of_previous))
  )
}

funnel_definition <- function(bots) {
  paste0(
    "Sessions that reached each step in this order; other events may happen in between; ",
    "counted once per session; session belongs to the UTC day it started; ",
    bots_sentence[[bots]],
    "."
  )
}
