# What is to be known before reading the figures: how fresh they are, notices, and what is wrong.

status_ui <- function(id) {
  ns <- shiny::NS(id)
  shiny::tags$div(
    class = "status",
    `aria-live` = "polite",
    shiny::uiOutput(ns("problem")),
    shiny::uiOutput(ns("notices"))
  )
}

freshness_ui <- function(id) shiny::uiOutput(shiny::NS(id)("freshness"), class = "freshness")

status_server <- function(id, watch) {
  shiny::moduleServer(id, function(input, output, session) {
    output$freshness <- shiny::renderUI({
      state <- shiny::req(watch$state())
      freshness_pill(state)
    })
    output$problem <- shiny::renderUI({
      state <- shiny::req(watch$state())
      if (state$is_away) {
        shiny::tags$p(class = "banner banner-problem", role = "alert", state$problem)
      } else if (is.null(state$freshness$last_date)) {
        shiny::tags$div(
          class = "page-empty",
          shiny::tags$h2("No sessions are loaded yet"),
          shiny::tags$p(
            "The figures appear here by themselves, within 15 seconds of the first run of the ETL."
          )
        )
      }
    })
    output$notices <- shiny::renderUI({
      state <- shiny::req(watch$state())
      lapply(state$notices, function(body) shiny::tags$p(class = "banner banner-notice", body))
    })
  })
}

freshness_pill <- function(state) {
  complete_to <- state$freshness$complete_to
  if (is.null(complete_to)) {
    text <- if (is.null(state$freshness)) "Freshness not known" else "Nothing loaded yet"
    return(shiny::tags$span(class = "pill", text))
  }
  text <- paste("Complete to", complete_to, "UTC")
  late <- if (isTRUE(state$is_late)) "That is more than three hours ago: newer data has not arrived."
  class <- if (is.null(late)) "pill pill-fresh" else "pill pill-late"
  bslib::tooltip(
    shiny::tags$span(class = class, tabindex = "0", shiny::tags$span(class = "pill-dot"), text),
    paste(c(definitions[["freshness"]], late), collapse = " ")
  )
}
