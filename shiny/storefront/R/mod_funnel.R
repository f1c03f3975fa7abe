# The sales funnel: six steps, in order, per session.

funnel_ui <- function(id) {
  ns <- shiny::NS(id)
  shiny::tags$section(
    class = "panel",
    shiny::tags$div(class = "panel-head", shiny::tags$h2("Sales funnel", definition_mark("funnel"))),
    shiny::uiOutput(ns("funnel"), class = "chart"),
    shiny::uiOutput(ns("definition"), class = "panel-note")
  )
}

funnel_server <- function(id, watch, selection) {
  shiny::moduleServer(id, function(input, output, session) {
    rows <- warehouse_reactive(watch, "funnel", function() list(selection()), query_funnel)
    output$funnel <- shiny::renderUI({
      table <- funnel_table(rows())
      if (table$sessions_count[1] > 0) {
        chart_funnel(table)
      } else {
        sentence <- paste0("No session viewed an item in ", format_period(selection()), " for these filters.")
        shiny::tags$div(class = "empty", shiny::tags$p(sentence))
      }
    })
    output$definition <- shiny::renderUI(shiny::tags$p(funnel_definition(selection()$bots)))
    rows
  })
}
