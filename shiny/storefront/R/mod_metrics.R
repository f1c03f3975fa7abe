# The four headline numbers, each with its change against the previous period and its line.

metric_labels <- c(
  sessions = "Sessions",
  visitors = "Visitors",
  conversion = "Conversion rate",
  purchases = "Purchases"
)

metrics_ui <- function(id) {
  ns <- shiny::NS(id)
  boxes <- lapply(names(metric_labels), function(name) {
    shiny::tags$section(
      class = "panel metric",
      shiny::tags$h2(metric_labels[[name]], definition_mark(name)),
      shiny::uiOutput(ns(name), class = "metric-body")
    )
  })
  shiny::tagList(
    shiny::uiOutput(ns("scope"), class = "scope"),
    shiny::tags$div(class = "metrics", boxes)
  )
}

metrics_server <- function(id, watch, selection) {
  shiny::moduleServer(id, function(input, output, session) {
    figures <- warehouse_reactive(watch, "metrics", function() list(selection()), read_metrics)
    first_date <- shiny::reactive(watch$state()$freshness$first_date)
    earlier <- shiny::reactive({
      before <- previous_period(selection())
      if (before$from >= shiny::req(first_date())) before
    })
    before <- warehouse_reactive(
      watch,
      "metrics before",
      function() list(over_period(selection(), shiny::req(earlier()))),
      read_metrics
    )
    output$scope <- shiny::renderUI(scope_line(selection(), earlier(), figures()$bot_sessions))
    lapply(names(metric_labels), function(name) {
      output[[name]] <- shiny::renderUI({
        compared <- if (!is.null(earlier())) before()$totals[[name]]
        metric_body(name, figures()$totals[[name]], compared, earlier(), figures()$lines[[name]])
      })
    })
    figures
  })
}

read_metrics <- function(selection) {
  daily <- query_sessions(selection)
  list(
    totals = metric_totals(daily, query_visitors(selection)),
    lines = metric_lines(daily, query_visitors_daily(selection), selection[c("from", "to")]),
    bot_sessions = query_bot_sessions(selection)
  )
}

metric_text <- function(name, value) {
  if (name == "conversion") format_percent(value, 2) else format_count(value)
}

metric_body <- function(name, value, compared, earlier, line) {
  shiny::tagList(
    shiny::tags$div(
      class = "metric-figures",
      shiny::tags$span(class = "metric-value", metric_text(name, value)),
      metric_change(name, value, compared, earlier)
    ),
    chart_sparkline(line)
  )
}

metric_change <- function(name, value, compared, earlier) {
  if (is.null(earlier)) {
    return(change_chip("level", "\u2013", "The data does not reach back over a whole previous period."))
  }
  reference <- paste(metric_text(name, compared), "in", format_period(earlier))
  change <- change_of(value, compared, is_rate = name == "conversion")
  if (is.null(change)) {
    return(change_chip("level", "\u2013", paste(reference, "- there is nothing to compare with.")))
  }
  arrow <- c(up = "\u2191", down = "\u2193", level = "\u2192")[[change$direction]]
  change_chip(change$direction, paste(arrow, change$text), reference)
}

change_chip <- function(direction, text, explanation) {
  bslib::tooltip(
    shiny::tags$span(class = paste0("change change-", direction), tabindex = "0", text),
    explanation
  )
}

scope_line <- function(selection, earlier, bot_sessions) {
  days <- period_days(selection)
  bots <- switch(
    selection$bots,
    excluded = paste(format_count(bot_sessions), "bot sessions excluded"),
    included = paste(format_count(bot_sessions), "bot sessions included"),
    only = "only bot sessions"
  )
  compared <- if (is.null(earlier)) {
    "no whole previous period to compare with"
  } else {
    paste("compared with", format_period(earlier))
  }
  shiny::tags$p(
    shiny::tags$strong(format_period(selection)),
    shiny::tags$span(paste(days, if (days == 1) "day" else "days", "in UTC")),
    shiny::tags$span(compared),
    shiny::tags$span(bots)
  )
}
