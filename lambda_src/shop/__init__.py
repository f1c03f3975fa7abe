"""Answers the storefront: is the shop's database well, and which products are there."""
