# The storefront dashboard. Shiny Server loads every file of R/ first, then this one.
library(shiny)
library(bslib)

# Style sheets that bslib compiles are kept out of this folder, which is mounted read-only.
options(sass.cache = sass::sass_file_cache(file.path(tempdir(), "sass")))

shinyApp(storefront_ui, storefront_server, uiPattern = "/(health)?")
