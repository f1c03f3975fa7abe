# A line without axes, as SVG that takes the colour of its text: a shape, not numbers to read off.
chart_sparkline <- function(values, width = 240, height = 44) {
  if (length(values) < 2) {
    return(NULL)
  }
  top <- max(values, 1e-9)
  x <- round(seq(0, width, length.out = length(values)), 1)
  y <- round(height - 3 - (height - 6) * values / top, 1)
  line <- paste(x, y, sep = ",", collapse = " ")
  htmltools::tag(
    "svg",
    list(
      class = "sparkline",
      viewBox = paste(0, 0, width, height),
      preserveAspectRatio = "none",
      `aria-hidden` = "true",
      htmltools::tag("polygon", list(points = paste0("0,", height, " ", line, " ", width, ",", height))),
      htmltools::tag("polyline", list(points = line, fill = "none", `vector-effect` = "non-scaling-stroke"))
    )
  )
}
