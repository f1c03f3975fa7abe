"""What a host with PostgreSQL does by itself: makes its cluster, backs it up, proves that backups restore."""
