"""The package mirror: Debian packages with all they depend on, signed, where hosts can reach them."""
