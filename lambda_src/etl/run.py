"""One run of the ETL: what is in the raw bucket and not in the ledger, goes through every stage.

Per batch of receive hours: read, parse, clean, write the hours' processed files, then one transaction for
facts, sessions, orders, marts and ledger. A run that dies leaves at most processed files that the next run
writes again with the same content; the warehouse shows all of a batch or nothing.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd
from obstore.store import S3Store

from etl import ledger, load_events, load_orders, load_sessions, marts, raw_store
from etl.clean import EVENT_COLUMNS, clean
from etl.database import Connection, copy_frame
from etl.ledger import Counts
from etl.parse import Parsed
from etl.plan import Hour, batches, hours_to_load, window_of
from etl.processed import processed_files

# Ingest answers within 15 s: what was received longer ago is stored, or was never accepted.
IN_FLIGHT = timedelta(seconds=60)
# A batch is begun only with this much of the function's time left.
MIN_REMAINING_SECONDS = 60


@dataclass(frozen=True)
class Stores:
    """The two buckets and the warehouse."""

    raw: S3Store
    processed: S3Store
    warehouse: Connection


@dataclass(frozen=True)
class RunSummary:
    """What a run did; backlog hours and unloaded objects are what it left for the next one."""

    run_id: int
    counts: Counts
    backlog_hours_count: int
    unloaded_objects_count: int


def run(
    stores: Stores,
    request: dict[str, str],
    lookback_days: int,
    now: datetime,
    remaining_seconds: Callable[[], float],
) -> RunSummary:
    """Load everything of the window that is not loaded; stop early when time runs out."""
    connection = stores.warehouse
    # before the first complete run nothing is known to be loaded: it looks at all there is
    loaded_until = ledger.last_run_date(connection) or raw_store.oldest_received_date(stores.raw)
    window = window_of(request, now.date(), lookback_days, loaded_until)
    listed = raw_store.listed_objects(stores.raw, window)
    hours = hours_to_load(listed, ledger.loaded_object_ids(connection, window))
    run_id = ledger.begin_run(connection, now)
    counts, done = Counts(), 0
    for batch in batches(hours):
        if remaining_seconds() < MIN_REMAINING_SECONDS:
            break
        counts.add(load_batch(stores, run_id, batch))
        done += len(batch)
        sys.stdout.write(f"loaded {done} of {len(hours)} receive hours, {counts.stored_count} events\n")
    left = hours[done:]
    covers_today = "from_date" not in request and window.last_date >= now.date()
    complete_to = now - IN_FLIGHT if covers_today and not left else None
    ledger.complete_run(connection, run_id, counts, complete_to)
    return RunSummary(run_id, counts, len(left), sum(len(hour.new_object_ids) for hour in left))


def load_batch(stores: Stores, run_id: int, hours: list[Hour]) -> Counts:
    """Take a batch of receive hours through every stage; return what became of its new objects."""
    new_objects = [
        found for hour in hours for found in hour.objects if found.object_id in hour.new_object_ids
    ]
    new_ids = {found.object_id for found in new_objects}
    parsed, received_hours = _parse(stores.raw, hours)
    events = clean(parsed.frame())
    raw_store.write_objects(stores.processed, processed_files(events, received_hours))
    new_events = events[events["object_id"].isin(new_ids)]
    parsed.rejects = [reject for reject in parsed.rejects if reject.object_id in new_ids]
    with stores.warehouse.transaction():
        winners, session_dates = _write_facts(stores.warehouse, new_events, parsed)
        counts = object_counts(sorted(new_ids), new_events, winners.events, parsed)
        ledger.write_objects(stores.warehouse, run_id, new_objects, counts, parsed.rejects)
        received_dates = {found.received_hour.date() for found in new_objects}
        received_dates |= set(ledger.move_to_duplicates(stores.warehouse, winners.replaced))
        marts.refresh(stores.warehouse, session_dates, received_dates)
    sums = counts.drop(columns="bot_count").sum()
    return Counts(objects_count=len(new_objects), **{str(name): int(value) for name, value in sums.items()})


def _parse(raw: S3Store, hours: list[Hour]) -> tuple[Parsed, list[datetime]]:
    """Return the events of all objects of the hours, and the receive hour of each row."""
    parsed, received_hours = Parsed(), list[datetime]()
    for found, body in raw_store.bodies(raw, [found for hour in hours for found in hour.objects]):
        parsed.add_object(found.object_id, body)
        received_hours += [found.received_hour] * (len(parsed.rows) - len(received_hours))
    return parsed, received_hours


def _write_facts(
    connection: Connection, new_events: pd.DataFrame, parsed: Parsed
) -> tuple[load_events.Winners, set[date]]:
    """Write events, items, sessions and orders; return what came and went, and the days touched."""
    load_events.add_partitions(connection, new_events)
    winners = load_events.settle_duplicates(connection, new_events)
    robbed_ids = winners.replaced["session_id"].unique().tolist()
    sessions = load_sessions.settle_sessions(connection, winners.events, robbed_ids)
    rows = winners.events.assign(session_id=winners.events["event_id"].map(sessions.session_ids))
    copy_frame(connection, "warehouse.fact_events", rows[EVENT_COLUMNS])
    load_events.write_items(connection, winners.events, pd.DataFrame(parsed.items))
    keys = ["event_name", "transaction_id", "event_id"]
    changed = pd.concat([winners.events[keys].astype(object), winners.replaced[keys]])
    return winners, sessions.session_dates | load_orders.settle_orders(connection, changed)


def object_counts(
    object_ids: list[int], events: pd.DataFrame, loaded: pd.DataFrame, parsed: Parsed
) -> pd.DataFrame:
    """Return per object what became of its lines, indexed by object_id; every line is counted once."""
    index = pd.Index(object_ids, name="object_id")

    def count(ids: "pd.Series[int]") -> "pd.Series[int]":
        return ids.value_counts().reindex(index, fill_value=0)

    counts = pd.DataFrame(index=index)
    counts["loaded_count"] = count(loaded["object_id"])
    counts["rejected_count"] = count(
        pd.Series([reject.object_id for reject in parsed.rejects], dtype="int64")
    )
    counts["duplicate_count"] = count(events["object_id"]) - counts["loaded_count"]
    counts["stored_count"] = counts.sum(axis="columns")
    counts["bot_count"] = count(loaded.loc[loaded["is_bot"], "object_id"])
    return counts
