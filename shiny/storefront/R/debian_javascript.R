# Debian ships some JavaScript libraries of Shiny and plotly under other names or in other versions.
# A dependency of the same name, declared on the page, takes the place of the one that does not load.
debian_javascript <- function() {
  htmltools::tagList(
    # plotly's typedarray.min.js uses a GLOBAL that no browser has; every browser has typed arrays
    htmltools::htmlDependency("typedarray", "0.2", src = c(href = "typedarray"), head = "<!-- built in -->"),
    # the old bootstrap-datepicker calls $.fn.datepicker on DOM ready, after Shiny has taken it away
    htmltools::singleton(htmltools::tags$script(htmltools::HTML(
      "$.fn.datepicker = $.fn.datepicker || function () { return this; };"
    )))
  )
}
