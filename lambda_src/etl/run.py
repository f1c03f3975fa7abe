"""One run of the ETL: what is in the raw bucket and not in the ledger, goes through every stage.

Per batch of receive hours: read, parse, clean, write the hours' processed files, then facts, sessions, orders
and ledger. A transaction holds a group of batches and ends with the marts of all their days. A run that dies
leaves at most processed files that the next run writes again with the same content; the warehouse shows all
of an object or nothing.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pandas as pd
from obstore.store import S3Store

from etl import ledger, raw_store, rules
from etl.batch import Batch, cleaned, read_batch
from etl.database import Connection
from etl.erased import read_erased
from etl.ledger import Counts
from etl.load import Loader, Part
from etl.plan import Hour, groups, hours_to_load, window_of
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
    for group in groups(hours):
        if remaining_seconds() < MIN_REMAINING_SECONDS:
            break
        work = _Work(stores, group, remaining_seconds)
        counts.add(Loader(connection, stores.raw, work.has_time).load(run_id, work.parts))
        done += work.done_count
        if work.failure:
            raise work.failure
        if work.done_count < sum(map(len, group)):
            break
        sys.stdout.write(f"loaded {done} of {len(hours)} receive hours, {counts.stored_count} events\n")
    left = hours[done:]
    covers_today = "from_date" not in request and window.last_date >= now.date()
    complete_to = now - IN_FLIGHT if covers_today and not left else None
    ledger.complete_run(connection, run_id, counts, complete_to)
    new_count = sum(len(hour.new_object_ids) for hour in hours)
    return RunSummary(run_id, counts, len(left), new_count - counts.objects_count)


@dataclass
class _Work:
    """Takes a group of batches through every stage before loading; counts the hours that are done.

    An error that stops it keeps nothing back that came before: it is noted as `failure`, and what is done is
    loaded first.
    """

    stores: Stores
    group: list[list[Hour]]
    remaining_seconds: Callable[[], float]
    done_count: int = 0
    failure: Exception | None = None

    def has_time(self) -> bool:
        return self.remaining_seconds() > MIN_REMAINING_SECONDS

    def parts(self) -> Iterator[Part]:
        """Yield what is to be loaded, one part after the other, as far as time goes.

        Of an hour that has several parts, some may be left; the ledger knows which objects.
        """
        self.done_count, self.failure = 0, None
        for hours in self.group:
            if self.done_count and not self.has_time():
                return
            try:
                batch, events = self._cleaned(hours)
            except Exception as error:
                if not self.done_count:
                    raise
                self.failure = error
                return
            for number, (part, part_events) in enumerate(batch.parts(events)):
                if number and not self.has_time():
                    return
                yield Part(part, part_events)
            del batch, events, part, part_events  # before the next batch needs the memory
            self.done_count += len(hours)

    def _cleaned(self, hours: list[Hour]) -> tuple[Batch, pd.DataFrame]:
        stores = self.stores
        batch = read_batch(stores.raw, hours, read_erased(stores.warehouse), stores.rules.privacy)
        return batch, cleaned(batch, stores.raw, self._write, self.has_time)

    def _write(self, files: Iterable[tuple[str, bytes]]) -> None:
        # a run without its connection is without the run lock, and what it read may be older than the files
        self.stores.warehouse.execute("select")
        raw_store.write_objects(self.stores.processed, files)
