"""Stands in for EC2 and what is around a host: Debian 13 with systemd, in a network of its own."""
