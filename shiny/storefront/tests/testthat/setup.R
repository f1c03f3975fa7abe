# The app's own files, as Shiny loads them; the warehouse is the one that libpq's variables name.
app_folder <- normalizePath(file.path(testthat::test_path(), "..", ".."))
shiny::loadSupport(app_folder, renv = globalenv(), globalrenv = NULL)

a_selection <- function(
  from = "2026-10-26",
  to = "2026-11-22",
  channel = "",
  device = "",
  bots = "excluded"
) {
  list(from = as.Date(from), to = as.Date(to), channel = channel, device = device, bots = bots)
}

# A watch that already knows the golden warehouse.
a_watch <- function() {
  state <- shiny::reactiveVal(read_warehouse())
  list(state = state, report = function(problem) state(away_state(shiny::isolate(state()), problem)))
}
