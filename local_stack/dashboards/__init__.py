"""The dashboards of the local stack: Debian's Shiny Server in a container, on this checkout's apps."""
