"""The steps of an erasure, each safe to repeat: who was killed in the middle runs the same command again.

1. Under the run lock: from now on the ETL loads no line of theirs; their rows go from the warehouse.
2. Every version of every raw object is searched; what has lines of theirs is written down.
3. Each of these objects is written without the lines, and the versions that have them are deleted. The ETL
   may run meanwhile: to it a line of theirs and the mark in its place are the same.
4. Under the run lock: rejects, account and processed file of these objects are made again from raw; what
   Spark made of processed files is emptied, for its next run to make again.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd
from etl import ledger, load_events, raw_store
from etl.batch import Batch
from etl.clean import clean
from etl.database import Connection, fetch_frame, release_run_lock
from etl.erased import NOBODY, ErasedPeople, hash_key
from etl.errors import TransientError
from etl.load import Loader, Part
from etl.parse import Parsed
from etl.plan import Hour, Window, hours_to_load
from etl.replay import Replayed, reload
from etl.run import Stores
from etl.spark import files
from etl.spark.job import MADE
from etl.spark.sessionise import arrow_schema
from replay import wait_for_lock

from erasure import register
from erasure.lines import Finder
from erasure.person import DELETE_EVENTS, Person, rows_of
from erasure.raw import Found, RawBucket
from erasure.register import Erasure

# Any number will do, as long as it is always this one: two erasures would write the same object.
_ERASURE_LOCK = 740_031_108
# What has been done, of how much (None: not known), and of what.
Progress = Callable[[str, int, int | None], None]


@dataclass(frozen=True)
class Estate:
    """All that holds data of a person, and how long to wait for the ETL."""

    raw: RawBucket
    stores: Stores
    wait_seconds: float

    @property
    def warehouse(self) -> Connection:
        """The loader's connection."""
        return self.stores.warehouse

    @contextmanager
    def run_lock(self) -> Iterator[None]:
        """Let no ETL run work meanwhile; raises `TransientError` if one does not end in time."""
        wait_for_lock(self.warehouse, self.wait_seconds)
        try:
            yield
        finally:
            release_run_lock(self.warehouse)


@dataclass(frozen=True)
class Outcome:
    """What is written down of an erasure, and the objects that could not be searched, with the reason."""

    erasure: Erasure
    unsearchable: dict[str, str]


def erase(estate: Estate, person: Person, requested_by: str, progress: Progress) -> Outcome:
    """Remove the person everywhere and return what was done."""
    _refuse_two_at_once(estate.warehouse)
    key = hash_key(estate.warehouse)
    with estate.run_lock():
        erasure_id, id_hashes = register.begin(estate.warehouse, person.id_hashes(key), requested_by)
        _remove_rows(estate.stores, person, erasure_id)
    finder = Finder(ErasedPeople(key, frozenset(id_hashes)), person.ids)
    found = search(estate.raw, finder, progress)
    register.note_objects(estate.warehouse, erasure_id, found)
    for done_count, versions in enumerate(found.versions.values(), start=1):
        estate.raw.take_out(versions, finder)
        progress("objects rewritten", done_count, len(found.versions))
    with estate.run_lock():
        _reload(estate.stores, erasure_id, progress)
        _empty_what_spark_made(estate.stores)
        register.mark_reloaded(estate.warehouse, erasure_id)
    register.complete(estate.warehouse, erasure_id)
    return Outcome(register.read(estate.warehouse, erasure_id), found.unsearchable)


def search(raw: RawBucket, finder: Finder, progress: Progress) -> Found:
    """Return what raw holds of them; nothing is changed."""
    found = Found()
    for version, lines_count in raw.search(finder):
        found.add(version, lines_count)
        progress("versions of raw objects searched", found.searched_count, None)
    return found


def _refuse_two_at_once(connection: Connection) -> None:
    row = connection.execute("select pg_try_advisory_lock(%s)", [_ERASURE_LOCK]).fetchone()
    if not row or not row[0]:
        raise TransientError("another erasure is at work; run this again when it has ended")


def _remove_rows(stores: Stores, person: Person, erasure_id: int) -> None:
    """Remove their rows, and make again what others have in common with them, in one transaction."""
    connection = stores.warehouse
    # events are found by reading them all: there is no index for what is asked for so seldom
    connection.execute("set statement_timeout = 0")

    def withdraw() -> pd.DataFrame:
        removed = rows_of(connection, person)
        gone = fetch_frame(connection, DELETE_EVENTS, person.parameters)
        load_events.delete_items(connection, gone)
        register.add_removed_rows(connection, erasure_id, removed)
        return gone

    nothing = Batch({}, set(), Parsed(), NOBODY)
    parts = [Part(nothing, clean(nothing.parsed.frame()), withdraw)]
    loader = Loader(connection, stores.raw, lambda: True, account_for=ledger.move_to_erased)
    run_id = ledger.begin_run(connection, datetime.now(UTC))
    ledger.complete_run(connection, run_id, loader.load(run_id, lambda: parts), None)


def _reload(stores: Stores, erasure_id: int, progress: Progress) -> None:
    """Make again what follows from the objects that were changed, hour by hour."""
    pending = register.objects_to_reload(stores.warehouse, erasure_id)
    pending_ids = {object_id for object_id, _ in pending}
    hours: list[Hour] = []
    for received_date in sorted({received_hour.date() for _, received_hour in pending}):
        listed = list(raw_store.listed_objects(stores.raw, Window(received_date, received_date)))
        others = {found.object_id for found in listed} - pending_ids
        hours += hours_to_load(listed, others)
    replayed = Replayed()

    def tell(_: int) -> None:
        progress("receive hours made again", replayed.done_count, replayed.hours_count)

    if hours:
        reload(stores, hours, datetime.now(UTC), replayed, tell)


def _empty_what_spark_made(stores: Stores) -> None:
    """Leave no row in sessions and account: a session of theirs may be in part somebody else's."""
    for prefix, fields in MADE.items():
        files.empty_others(stores.processed, prefix, arrow_schema(fields), set())
