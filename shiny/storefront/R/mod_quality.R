# Data quality: does every event that was stored have its place in the account, and how fresh is it all.

quality_ui <- function(id) {
  shiny::tags$section(
    class = "panel quality",
    shiny::uiOutput(shiny::NS(id)("account"))
  )
}

quality_server <- function(id, watch) {
  shiny::moduleServer(id, function(input, output, session) {
    account <- warehouse_reactive(watch, "account", list, query_account)
    output$account <- shiny::renderUI(account_view(account(), watch$state()$freshness$complete_to))
    account
  })
}

account_view <- function(account, complete_to) {
  tags <- shiny::tags
  shiny::tagList(
    tags$div(class = "panel-head", tags$h2("Data quality"), balance_badge(account)),
    tags$div(
      class = "account",
      account_line("stored", "Stored", account$stored_count, "account-total"),
      account_line("loaded", "= Loaded", account$loaded_count),
      account_line("rejected", "+ Rejected", account$rejected_count),
      account_line("duplicate", "+ Duplicate", account$duplicate_count),
      account_line("erased", "+ Erased", account$erased_count)
    ),
    tags$div(class = "account", account_line("bots", "Flagged as bots", account$bot_count)),
    tags$div(
      class = "panel-note",
      tags$p(paste0(
        balance_sentence(account),
        " The account covers everything received, whatever the filters."
      )),
      tags$p(
        class = "complete-to",
        if (is.null(complete_to)) {
          "Not complete to any time yet."
        } else {
          paste("Complete to", complete_to, "UTC")
        }
      )
    )
  )
}

account_line <- function(name, label, count, class = NULL) {
  shiny::tags$div(
    class = paste(c("account-line", class), collapse = " "),
    `data-account` = name,
    shiny::tags$span(class = "account-label", label, definition_mark(name)),
    shiny::tags$span(class = "account-count", format_count(count))
  )
}

is_balanced <- function(account) account$unbalanced_hours_count == 0

balance_badge <- function(account) {
  if (is_balanced(account)) {
    shiny::tags$span(class = "badge-state badge-good", "Balanced")
  } else {
    shiny::tags$span(class = "badge-state badge-bad", "Not balanced")
  }
}

balance_sentence <- function(account) {
  hours <- format_count(account$hours_count)
  if (is_balanced(account)) {
    return(paste0("Every event has its place, in each of ", hours, " hours of receiving."))
  }
  paste0(
    format_count(account$unbalanced_hours_count),
    " of ",
    hours,
    " hours of receiving do not balance, the first at ",
    account$first_unbalanced_hour,
    " UTC."
  )
}
