# What every number on the page means, in the words that readers see.
definitions <- c(
  sessions = "Visits: a visitor's events with no gap over 30 minutes, counted on the UTC day they start.",
  visitors = "Distinct visitors over the whole period: coming back on another day does not count again.",
  conversion = "Sessions with at least one purchase, divided by all sessions.",
  purchases = "Purchases, each transaction counted once, however often its receipt page is loaded.",
  traffic = "Sessions by the channel of their first event, in the UTC hour, day or week they started.",
  funnel = "How many sessions reached each step of a sale, having passed all earlier steps in order.",
  stored = "Events kept as received, valid or not.",
  loaded = "Events that are in the warehouse, those of bots included.",
  rejected = "Events that break the contract: kept apart with the reason, never dropped.",
  duplicate = "Events received more than once, for example after a retry: loaded once.",
  erased = "Events of people who asked to be erased: nothing of them is kept, only that there were some.",
  bots = "Loaded events of robots, told by their user agent: kept, counted, and filtered by Bots.",
  freshness = "Every event received before this time is in the figures. Newer data appears by itself."
)

bots_sentence <- c(excluded = "bots excluded", included = "bots included", only = "bots only")

# A small mark that tells the definition when pointed at, touched or focused.
definition_mark <- function(name) {
  bslib::tooltip(
    shiny::tags$button(
      type = "button",
      class = "definition-mark",
      `aria-label` = paste("What is counted:", definitions[[name]]),
      "i"
    ),
    definitions[[name]]
  )
}
