# Traffic trends: sessions over time, stacked by channel.

traffic_ui <- function(id) {
  ns <- shiny::NS(id)
  shiny::tags$section(
    class = "panel traffic",
    shiny::tags$div(
      class = "panel-head",
      shiny::tags$h2("Traffic trends", definition_mark("traffic")),
      shiny::radioButtons(ns("granularity"), "Per", c("Day" = "day", "Week" = "week"), inline = TRUE)
    ),
    shiny::uiOutput(ns("legend"), class = "legend-place"),
    shiny::tags$div(
      class = "chart",
      shiny::uiOutput(ns("empty"), class = "empty"),
      plotly::plotlyOutput(ns("chart"), height = "270px")
    ),
    shiny::uiOutput(ns("note"), class = "panel-note")
  )
}

traffic_server <- function(id, watch, selection) {
  shiny::moduleServer(id, function(input, output, session) {
    offered <- shiny::reactive(granularity_choices(selection()))
    shiny::observeEvent(offered(), {
      kept <- if (input$granularity %in% offered()) input$granularity else "day"
      shiny::updateRadioButtons(session, "granularity", choices = offered(), selected = kept, inline = TRUE)
    })
    granularity <- shiny::reactive(if (input$granularity %in% offered()) input$granularity else "day")
    traffic <- warehouse_reactive(
      watch,
      "traffic",
      function() list(selection(), granularity()),
      query_traffic
    )
    has_previous <- shiny::reactive({
      granularity() != "week" && previous_period(selection())$from >= watch$state()$freshness$first_date
    })
    before <- warehouse_reactive(
      watch,
      "traffic",
      function() list(over_period(selection(), previous_period(selection())), granularity()),
      query_traffic
    )
    output$chart <- plotly::renderPlotly({
      shiny::req(nrow(traffic()) > 0)
      chart_traffic(traffic(), granularity(), if (has_previous()) before(), period_days(selection()))
    })
    output$legend <- shiny::renderUI(if (nrow(traffic()) > 0) chart_traffic_legend(traffic(), has_previous()))
    output$empty <- shiny::renderUI(if (nrow(traffic()) == 0) empty_sentence(selection()))
    output$note <- shiny::renderUI(shiny::tags$p(traffic_note(
      selection(),
      granularity(),
      watch$state()$freshness
    )))
    traffic
  })
}

empty_sentence <- function(selection) {
  shiny::tags$p(paste0(
    "No sessions in ",
    format_period(selection),
    " for these filters. Try a longer period or all channels."
  ))
}

# What a reader must know to read the last bars right.
traffic_note <- function(selection, granularity, freshness) {
  unit <- c(
    hour = "UTC hours.",
    day = "UTC days.",
    week = "UTC weeks from Monday; days of the first and last week outside the period are not counted."
  )
  is_unfinished <- identical(substr(freshness$complete_to, 1, 10), format(selection$to))
  unfinished <- if (is_unfinished) {
    paste0(
      " ",
      format_day(selection$to),
      " is not over: it is complete to ",
      substr(freshness$complete_to, 12, 16),
      " UTC."
    )
  }
  paste0("Sessions are counted when they start, in ", unit[[granularity]], unfinished)
}
