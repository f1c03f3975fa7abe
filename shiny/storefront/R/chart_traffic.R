# Sessions by channel as stacked bars, as a plotly widget straight from its specification
# (a sixth of the time that plot_ly() takes on R's one thread).

# Every channel keeps its colour, whatever is filtered; colours read well on light and dark.
channel_colours <- c(
  "Organic Search" = "#5b6ee1",
  "Direct" = "#35a7b8",
  "Paid Search" = "#f0a04b",
  "Email" = "#e0637c",
  "Organic Social" = "#9b7fe8",
  "Referral" = "#5cb88a",
  "Paid Social" = "#d98cc7",
  "Organic Shopping" = "#c9b458",
  "Display" = "#7fb2e5"
)
other_colour <- "#98a2b3"
shown_channels <- 7L

# Rows per channel, the busiest first; those beyond the first seven become one.
# A list of list(name, colour, rows, total).
traffic_series <- function(traffic) {
  totals <- sort(tapply(traffic$sessions_count, traffic$channel, sum), decreasing = TRUE)
  own <- names(totals)
  if (length(own) > shown_channels + 1L) {
    own <- own[seq_len(shown_channels)]
  }
  rest <- setdiff(names(totals), own)
  series <- lapply(own, function(channel) {
    colour <- if (channel %in% names(channel_colours)) channel_colours[[channel]] else other_colour
    one_series(channel, colour, traffic[traffic$channel == channel, ])
  })
  if (length(rest) > 0) {
    label <- paste(length(rest), "other channels")
    series <- c(series, list(one_series(label, other_colour, traffic[traffic$channel %in% rest, ])))
  }
  series
}

one_series <- function(name, colour, rows) {
  rows <- stats::aggregate(sessions_count ~ bucket, rows, sum)
  list(name = name, colour = colour, rows = rows, total = sum(rows$sessions_count))
}

# `before` is the previous period's traffic, drawn as a line over the days that it is compared with, or NULL.
chart_traffic <- function(traffic, granularity, before = NULL, shift_days = 0L) {
  bars <- lapply(traffic_series(traffic), function(series) {
    list(
      type = "bar",
      name = htmltools::htmlEscape(series$name),
      x = as.list(series$rows$bucket),
      y = as.list(series$rows$sessions_count),
      marker = list(color = series$colour, line = list(width = 0)),
      hovertemplate = "%{y:,}"
    )
  })
  plotly::as_widget(list(
    data = c(bars, previous_line(before, granularity, shift_days)),
    layout = traffic_layout(granularity),
    config = list(displayModeBar = FALSE, responsive = TRUE)
  ))
}

previous_line <- function(before, granularity, shift_days) {
  if (is.null(before) || nrow(before) == 0 || granularity == "week") {
    return(NULL)
  }
  totals <- stats::aggregate(sessions_count ~ bucket, before, sum)
  form <- if (granularity == "hour") "%Y-%m-%d %H:%M" else "%Y-%m-%d"
  moved <- as.POSIXct(totals$bucket, format = form, tz = "UTC") + 86400 * shift_days
  list(list(
    type = "scatter",
    mode = "lines",
    name = "Previous period",
    x = as.list(format(moved, form, tz = "UTC")),
    y = as.list(totals$sessions_count),
    line = list(color = "#8892a6", width = 1.6, dash = "dot"),
    hovertemplate = "%{y:,}"
  ))
}

traffic_layout <- function(granularity) {
  hover_form <- c(
    hour = "%a %-d %b %Y, %H:00 UTC",
    day = "%a %-d %b %Y (UTC)",
    week = "Week from %a %-d %b %Y (UTC)"
  )
  font <- "Inter, system-ui, sans-serif"
  list(
    barmode = "stack",
    bargap = if (granularity == "hour") 0.12 else 0.28,
    showlegend = FALSE,
    hovermode = "x unified",
    dragmode = FALSE,
    margin = list(t = 8, r = 4, b = if (granularity == "hour") 42 else 30, l = 40),
    paper_bgcolor = "rgba(0,0,0,0)",
    plot_bgcolor = "rgba(0,0,0,0)",
    font = list(family = font, size = 12),
    hoverlabel = list(
      bgcolor = "#1b2030",
      bordercolor = "#434b63",
      font = list(family = font, size = 12, color = "#f4f6fb")
    ),
    xaxis = list(
      type = "date",
      fixedrange = TRUE,
      showgrid = FALSE,
      zeroline = FALSE,
      hoverformat = hover_form[[granularity]],
      tickformat = if (granularity == "hour") "%H:%M\n%-d %b" else "%-d %b",
      nticks = 9
    ),
    yaxis = list(fixedrange = TRUE, zeroline = FALSE, rangemode = "tozero", tickformat = ",", nticks = 5)
  )
}

# The legend with each channel's share: it tells what the colours are, and reads without the chart.
chart_traffic_legend <- function(traffic, has_previous = FALSE) {
  total <- sum(traffic$sessions_count)
  entries <- lapply(traffic_series(traffic), function(series) {
    htmltools::tags$li(
      htmltools::tags$span(class = "legend-dot", style = paste0("background:", series$colour)),
      htmltools::tags$span(class = "legend-name", series$name),
      htmltools::tags$span(class = "legend-share", format_percent(share_of(series$total, total)))
    )
  })
  previous <- if (has_previous) {
    htmltools::tags$li(
      htmltools::tags$span(class = "legend-line"),
      htmltools::tags$span(class = "legend-name", "Previous period, all channels")
    )
  }
  htmltools::tags$ul(class = "legend", entries, previous)
}
