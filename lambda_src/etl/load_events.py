"""Writes events into fact_events, each event_id once: the copy received first wins, whenever it arrives."""

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from etl.clean import without_duplicates
from etl.database import Connection, copy_frame, fetch_frame

# A day gets a partition of its own if it lies this near to the day of receipt; others share the default
# one, so that clocks in 1970 (or somebody's wish to harm) can't make thousands of partitions.
_DAYS_BEFORE_RECEIPT, _DAYS_AFTER_RECEIPT = 400, 2

_KEYS = ["event_date", "event_id", "received_at", "object_id", "line_number"]
# What is asked of rows that are removed.
REPLACED_COLUMNS = [
    "object_id", "session_id", "is_bot", "event_name", "transaction_id", "event_date", "event_id",
]  # fmt: skip


@dataclass(frozen=True)
class Winners:
    """What a batch adds to fact_events: the rows to write, and the rows that gave way to them."""

    events: pd.DataFrame
    # REPLACED_COLUMNS of deleted rows
    replaced: pd.DataFrame


def partition_dates(events: pd.DataFrame) -> list[date]:
    """Return the event dates that deserve a partition of their own, oldest first."""
    pairs = set(zip(events["event_date"].tolist(), events["received_at"].dt.date.tolist(), strict=True))
    return sorted(
        {
            event_date
            for event_date, received_date in pairs
            if received_date - timedelta(days=_DAYS_BEFORE_RECEIPT)
            <= event_date
            <= received_date + timedelta(days=_DAYS_AFTER_RECEIPT)
        }
    )


def settle_duplicates(connection: Connection, events: pd.DataFrame) -> Winners:
    """Return the rows that must be written, after deleting those in the warehouse that they replace.

    A row replaces itself when its object is loaded once more.
    """
    candidates = without_duplicates(events)
    connection.execute(
        "create temporary table candidate_keys (event_date date, event_id uuid, received_at timestamptz,"
        " object_id bigint, line_number integer) on commit drop"
    )
    copy_frame(connection, "candidate_keys", candidates[_KEYS])
    bounds = {
        "first": None if candidates.empty else candidates["event_date"].min(),
        "last": None if candidates.empty else candidates["event_date"].max(),
    }
    replaced = fetch_frame(
        connection,
        "delete from warehouse.fact_events as facts using candidate_keys as candidates"
        " where facts.event_date = candidates.event_date and facts.event_id = candidates.event_id"
        " and facts.event_date between %(first)s::date and %(last)s::date"
        " and (candidates.received_at, candidates.object_id, candidates.line_number)"
        " <= (facts.received_at, facts.object_id, facts.line_number)"
        " returning facts.object_id, facts.session_id::text, facts.is_bot, facts.event_name,"
        " facts.transaction_id, facts.event_date, facts.event_id::text",
        bounds,
    )
    delete_items(connection, replaced)
    losers = fetch_frame(
        connection,
        "select candidates.event_date, candidates.event_id::text from candidate_keys as candidates"
        " inner join warehouse.fact_events as facts"
        " on facts.event_date = candidates.event_date and facts.event_id = candidates.event_id"
        " where facts.event_date between %(first)s::date and %(last)s::date",
        bounds,
    )
    if losers.empty:
        return Winners(candidates, replaced)
    lost = pd.MultiIndex.from_frame(losers)
    is_winner = ~pd.MultiIndex.from_frame(candidates[["event_date", "event_id"]]).isin(lost)
    return Winners(candidates[is_winner], replaced)


def delete_items(connection: Connection, replaced: pd.DataFrame) -> None:
    """Remove the items of events that were removed."""
    connection.execute(
        "delete from warehouse.fact_event_items as items"
        " using unnest(%s::date[], %s::uuid[]) as gone (event_date, event_id)"
        " where items.event_date = gone.event_date and items.event_id = gone.event_id",
        [replaced["event_date"].tolist(), replaced["event_id"].tolist()],
    )


def drop_temporary_tables(connection: Connection) -> None:
    """Make room for another part of the same transaction."""
    connection.execute("drop table if exists candidate_keys, new_islands, moved_events")


def add_partitions(connection: Connection, events: pd.DataFrame) -> None:
    """Give the days of these events their partitions."""
    connection.execute("select warehouse.add_event_partitions(%s)", [partition_dates(events)])


def write_items(connection: Connection, events: pd.DataFrame, items: pd.DataFrame) -> None:
    """Write the items of the events that were written; items of duplicates fall away."""
    if items.empty:
        return
    written = events[["event_id", "event_date", "object_id", "line_number"]]
    kept = items.merge(written, on=["event_id", "object_id", "line_number"])
    columns = kept.drop(columns=["object_id", "line_number"])
    copy_frame(connection, "warehouse.fact_event_items", columns)
