"""One run of the ETL: what is in the raw bucket and not in the ledger, goes through every stage.

Per batch of receive hours: read, parse, clean, write the hours' processed files, then one transaction for
facts, sessions, orders, marts and ledger (several, if an hour has more than one takes). A run that dies
leaves at most processed files that the next run writes again with the same content; the warehouse shows all
of an object or nothing.
"""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from obstore.store import S3Store

from etl import ledger, raw_store, rules
from etl.batch import cleaned, read_batch
from etl.database import Connection
from etl.erased import read_erased
from etl.ledger import Counts
from etl.load import Loader
from etl.plan import Hour, batches, hours_to_load, window_of
from etl.rules import Rules

# Ingest answers within 15 s: what was received longer ago is stored, or was never accepted.
IN_FLIGHT = timedelta(seconds=60)
# A batch is begun only with this much of the function's time left.
MIN_REMAINING_SECONDS = 60


@dataclass(frozen=True)
class Stores:
    """The two buckets and the warehouse, and the rules by which one goes into the others."""

    raw: S3Store
    processed: S3Store
    warehouse: Connection
    rules: Rules = field(default_factory=Rules)


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
    reload_from = ledger.reload_from(connection)
    window = window_of(request, now.date(), lookback_days, loaded_until, reload_from)
    listed = list(raw_store.listed_objects(stores.raw, window))
    if reload_from is not None:
        ledger.forget_reloads(connection, window, {found.object_id for found in listed})
    hours = hours_to_load(listed, ledger.loaded_object_ids(connection, window))
    rules.keep(connection, stores.rules)
    run_id = ledger.begin_run(connection, now)
    counts, done = Counts(), 0
    for batch in batches(hours):
        if remaining_seconds() < MIN_REMAINING_SECONDS:
            break
        loaded, is_complete = load_batch(stores, run_id, batch, remaining_seconds)
        counts.add(loaded)
        if not is_complete:
            break
        done += len(batch)
        sys.stdout.write(f"loaded {done} of {len(hours)} receive hours, {counts.stored_count} events\n")
    left = hours[done:]
    covers_today = "from_date" not in request and window.last_date >= now.date()
    complete_to = now - IN_FLIGHT if covers_today and not left else None
    ledger.complete_run(connection, run_id, counts, complete_to)
    new_count = sum(len(hour.new_object_ids) for hour in hours)
    return RunSummary(run_id, counts, len(left), new_count - counts.objects_count)


def load_batch(
    stores: Stores, run_id: int, hours: list[Hour], remaining_seconds: Callable[[], float]
) -> tuple[Counts, bool]:
    """Take a batch of receive hours through every stage; return what became of it, and if that was all.

    Of an hour that is loaded in parts, the parts that time is left for are loaded; the ledger knows which.
    """

    def has_time() -> bool:
        return remaining_seconds() > MIN_REMAINING_SECONDS

    def write(files: Iterable[tuple[str, bytes]]) -> None:
        # a run without its connection is without the run lock, and what it read may be older than the files
        stores.warehouse.execute("select")
        raw_store.write_objects(stores.processed, files)

    batch = read_batch(stores.raw, hours, read_erased(stores.warehouse), stores.rules.privacy)
    events = cleaned(batch, stores.raw, write, has_time)
    loader = Loader(stores.warehouse, stores.raw, has_time)
    counts = Counts()
    for part, part_events in batch.parts(events):
        if counts.objects_count and not has_time():
            return counts, False
        counts.add(loader.load(run_id, part, part_events))
    return counts, True
