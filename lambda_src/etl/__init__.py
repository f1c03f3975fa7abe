"""Turns raw objects into processed Parquet and warehouse rows, exactly once, in any order of arrival.

The stages, in order: `plan` (which receive hours), `parse` (lines to columns), `clean` (enrichment),
`processed` (Parquet per hour), `load_events`, `load_sessions` with `load_people` and `load_visits`,
`load_orders`, `marts` (one transaction, in `load`; what the warehouse refuses is found by `sift`). Only
`raw_store`, `database` and `handler` touch the world; `batch`, `load` and `run` tie them together. `replay`
makes days again that were loaded before.
"""
