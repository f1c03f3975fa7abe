# The storefront dashboard. Shiny Server loads every file of R/ first, then this one.
library(shiny)
library(bslib)

# Style sheets that bslib compiles are kept out of this folder, which can't be written; on a host in one place
# for all R processes.
options(sass.cache = sass::sass_file_cache(file.path(Sys.getenv("APP_CACHE", tempdir()), "sass")))

shinyApp(storefront_ui, storefront_server, uiPattern = "/(health)?")
