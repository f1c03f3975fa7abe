"""The one Debian 13 image in which PostgreSQL, the functions and Shiny Server run."""
