# Watches the warehouse: every 15 seconds asks how far it is filled and for notices.
# Its value is list(is_away, problem, freshness, notices, choices, is_late); NULL before the first answer.

watch_seconds <- 15
late_hours <- 3

watch_server <- function(id, read = read_warehouse) {
  shiny::moduleServer(id, function(input, output, session) {
    state <- shiny::reactiveVal(NULL)
    look <- function() {
      known <- shiny::isolate(state())
      state(tryCatch(read(), error = function(problem) away_state(known, problem)))
    }
    shiny::observe({
      shiny::invalidateLater(watch_seconds * 1000, session)
      look()
    })
    report <- function(problem) state(away_state(shiny::isolate(state()), problem))
    list(state = state, report = report)
  })
}

# What is known stays on the page while the warehouse is away.
away_state <- function(known, problem) {
  message("warehouse: ", conditionMessage(problem))
  sentence <- if (inherits(problem, "database_away")) {
    "The warehouse can't be reached right now. The page tries again every 15 seconds and goes on by itself."
  } else {
    "The warehouse refused to answer. The page tries again every 15 seconds; the reason is in its log."
  }
  c(list(is_away = TRUE, problem = sentence), known[setdiff(names(known), c("is_away", "problem"))])
}

read_warehouse <- function() {
  freshness <- query_freshness()
  choices <- remembered(list("choices", freshness$version), query_choices)
  late <- is_late(freshness$complete_to_epoch, as.numeric(Sys.time()))
  list(is_away = FALSE, freshness = freshness, notices = query_notices(), choices = choices, is_late = late)
}

# Data is late when the warehouse is complete only to more than three hours ago; it is filled every hour.
is_late <- function(complete_to_epoch, now_epoch) {
  !is.null(complete_to_epoch) &&
    is.finite(complete_to_epoch) &&
    now_epoch - complete_to_epoch > 3600 * late_hours
}

# A reactive answer of the warehouse. `keys` makes the list of plain values it depends on, `read` asks for it.
# While the warehouse is away the outputs keep what they show.
warehouse_reactive <- function(watch, name, keys, read) {
  shiny::reactive({
    state <- shiny::req(watch$state())
    if (state$is_away) {
      shiny::req(FALSE, cancelOutput = TRUE)
    }
    shiny::req(state$freshness$last_date)
    key <- keys()
    tryCatch(
      remembered(c(list(name, state$freshness$version), key), function() do.call(read, key)),
      database_away = function(problem) {
        watch$report(problem)
        shiny::req(FALSE, cancelOutput = TRUE)
      },
      database_refused = function(problem) {
        watch$report(problem)
        shiny::req(FALSE, cancelOutput = TRUE)
      }
    )
  })
}
