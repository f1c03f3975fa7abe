# Dates, channel, device and bots. Returns a reactive selection: list(from, to, channel, device, bots).

filters_ui <- function(id) {
  ns <- shiny::NS(id)
  shiny::tags$div(
    class = "toolbar",
    role = "group",
    `aria-label` = "Filters",
    shiny::radioButtons(ns("preset"), "Period", preset_choices, selected = "28", inline = TRUE),
    # empty until the warehouse tells its first and last day; Shiny warns that NA is no date
    suppressWarnings(shiny::dateRangeInput(
      ns("dates"),
      "Dates (UTC)",
      start = NA,
      end = NA,
      separator = "\u2013",
      weekstart = 1
    )),
    shiny::selectInput(ns("channel"), "Channel", c("All channels" = ""), selectize = FALSE),
    shiny::selectInput(ns("device"), "Device", c("All devices" = ""), selectize = FALSE),
    shiny::selectInput(
      ns("bots"),
      "Bots",
      c("Bots excluded" = "excluded", "Bots included" = "included", "Only bots" = "only"),
      selectize = FALSE
    ),
    shiny::uiOutput(ns("problem"))
  )
}

filters_server <- function(id, watch) {
  shiny::moduleServer(id, function(input, output, session) {
    period <- period_reactive(input, session, watch)
    offer_choices(input, session, watch)
    output$problem <- shiny::renderUI({
      dates <- input$dates
      if (!anyNA(dates) && length(dates) == 2 && dates[1] > dates[2]) {
        shiny::tags$p(class = "toolbar-problem", "The first date must not be after the last one.")
      }
    })
    shiny::reactive({
      chosen <- shiny::req(period())
      c(chosen, list(channel = input$channel, device = input$device, bots = input$bots))
    })
  })
}

# The period comes from a preset, which moves on with the data, or from dates that the reader typed.
period_reactive <- function(input, session, watch) {
  period <- shiny::reactiveVal(NULL)
  bounds <- shiny::reactive(watch$state()$freshness[c("first_date", "last_date")])
  # Dates that arrived before a preset was followed are no longer what the reader wants.
  arrived_at <- followed_at <- Sys.time()
  follow_preset <- function() {
    followed_at <<- Sys.time()
    days <- bounds()
    shiny::req(days$last_date)
    if (!is.null(input$preset)) {
      period(preset_period(input$preset, days$first_date, days$last_date))
    }
    shown <- shiny::req(period())
    shiny::updateDateRangeInput(
      session,
      "dates",
      start = shown$from,
      end = shown$to,
      min = days$first_date,
      max = days$last_date
    )
  }
  last_bounds <- shiny::reactiveVal(NULL)
  shiny::observeEvent(
    bounds(),
    if (!identical(bounds(), last_bounds())) {
      last_bounds(bounds())
      follow_preset()
    }
  )
  shiny::observeEvent(input$preset, follow_preset(), ignoreInit = TRUE)
  shiny::observeEvent(input$dates, arrived_at <<- Sys.time(), priority = 1)
  typed <- shiny::debounce(shiny::reactive(input$dates), 500)
  shiny::observeEvent(typed(), {
    days <- bounds()
    chosen <- typed_period(typed(), days)
    if (arrived_at > followed_at && !is.null(chosen) && !isTRUE(all.equal(chosen, period()))) {
      period(chosen)
      preset <- matching_preset(chosen, days$first_date, days$last_date)
      shiny::updateRadioButtons(session, "preset", selected = if (is.null(preset)) character() else preset)
    }
  })
  period
}

# The typed dates as a period within the data, or NULL while they are none.
typed_period <- function(dates, days) {
  if (is.null(days$last_date) || length(dates) != 2 || anyNA(dates) || dates[1] > dates[2]) {
    return(NULL)
  }
  list(from = max(dates[1], days$first_date), to = min(dates[2], days$last_date))
}

offer_choices <- function(input, session, watch) {
  choices <- shiny::reactive(watch$state()$choices)
  shiny::observeEvent(choices(), {
    offer <- function(name, all, values) {
      kept <- if (input[[name]] %in% values) input[[name]] else ""
      shiny::updateSelectInput(session, name, choices = c(stats::setNames("", all), values), selected = kept)
    }
    offer("channel", "All channels", choices()$channels)
    offer("device", "All devices", choices()$devices)
  })
}
