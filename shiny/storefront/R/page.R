# The page: which module sits where, and what each one is given.

storefront_ui <- function(request) {
  if (request$PATH_INFO == "/health") health_answer() else storefront_page()
}

storefront_page <- function() {
  tags <- shiny::tags
  bslib::page_fluid(
    title = "CloudWorks \u00b7 Storefront analytics",
    lang = "en",
    theme = bslib::bs_theme(version = 5),
    tags$head(
      tags$link(rel = "stylesheet", href = "storefront.css"),
      tags$link(rel = "icon", type = "image/svg+xml", href = "mark.svg")
    ),
    debian_javascript(),
    shiny::useBusyIndicators(spinners = FALSE),
    tags$header(
      class = "top",
      tags$img(class = "top-mark", src = "mark.svg", alt = ""),
      tags$h1(
        tags$strong("CloudWorks"),
        tags$span(class = "top-dot", "\u00b7"),
        tags$span(class = "top-page", "Storefront analytics")
      ),
      freshness_ui("status"),
      bslib::input_dark_mode(id = "mode", `aria-label` = "Light or dark")
    ),
    tags$main(
      status_ui("status"),
      tags$div(
        class = "figures",
        filters_ui("filters"),
        metrics_ui("metrics"),
        traffic_ui("traffic"),
        tags$div(class = "pair", funnel_ui("funnel"), quality_ui("quality"))
      )
    )
  )
}

storefront_server <- function(input, output, session) {
  watch <- watch_server("watch")
  status_server("status", watch)
  selection <- filters_server("filters", watch)
  metrics_server("metrics", watch, selection)
  traffic_server("traffic", watch, selection)
  funnel_server("funnel", watch, selection)
  quality_server("quality", watch)
}
