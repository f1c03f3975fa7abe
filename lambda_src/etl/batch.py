"""A batch of receive hours: read, cleaned, and written as processed files."""

import gc
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd
from contract.privacy import Privacy
from obstore.store import S3Store

from etl import raw_store
from etl.clean import clean
from etl.erased import ErasedPeople
from etl.parse import Parsed
from etl.plan import Hour, RawObject
from etl.portions import portions
from etl.processed import processed_files
from etl.raw_store import Unread
from etl.rejects import Reason, Reject, rejected
from etl.sift import Refusal, is_caused_by_data, sift

# Of a step of loading, which takes three times the memory of its events; an hour, which is cleaned as a whole
# for the sake of its processed file, may have a million.
MAX_EVENTS_AT_ONCE = 250_000

# Takes the processed files, (key, Parquet) each; returns nothing before all are written.
Writer = Callable[[Iterable[tuple[str, bytes]]], None]


@dataclass
class Batch:
    """Receive hours, with the events and the rejects of all their objects, new to the ledger or not."""

    objects: dict[int, RawObject]
    new_ids: set[int]
    parsed: Parsed
    # whose rows are not loaded
    erased: ErasedPeople

    def take_rows(self) -> pd.DataFrame:
        """Return the rows to be cleaned; those of erased people are only counted."""
        rows = self.parsed.frame()
        is_erased = self.erased.rows_of(rows)
        if not is_erased.any():
            return rows
        self.parsed.erased_ids += rows.loc[is_erased, "object_id"].tolist()
        return rows[~is_erased].reset_index(drop=True)

    def received_hours(self, events: pd.DataFrame) -> pd.Series:
        """Return the receive hour of each event."""
        hours = {object_id: found.received_hour for object_id, found in self.objects.items()}
        return events["object_id"].map(pd.Series(hours, dtype="datetime64[us, UTC]"))

    def parts(self, events: pd.DataFrame) -> Iterator[tuple["Batch", pd.DataFrame]]:
        """Yield the new objects, with their events, in parts of a size that is loaded at once."""
        counts = events["object_id"].value_counts().to_dict()

        def events_count(found: RawObject) -> int:
            return int(counts.get(found.object_id, 0))

        for part in portions(self.new_objects, events_count, MAX_EVENTS_AT_ONCE):
            yield self._part({found.object_id for found in part}, events)

    def _part(self, new_ids: set[int], events: pd.DataFrame) -> tuple["Batch", pd.DataFrame]:
        if new_ids == self.new_ids:
            return self, events
        return replace(self, new_ids=new_ids), events[events["object_id"].isin(new_ids)]

    @property
    def erased_hours(self) -> set[datetime]:
        """The receive hours that had lines of erased people."""
        return {self.objects[object_id].received_hour for object_id in self.parsed.erased_ids}

    @property
    def new_objects(self) -> list[RawObject]:
        """What the ledger does not hold."""
        return [found for object_id, found in self.objects.items() if object_id in self.new_ids]

    def new_rejects(self) -> list[Reject]:
        """Return the rejects that the ledger does not hold."""
        return [reject for reject in self.parsed.rejects if reject.object_id in self.new_ids]

    def refuse(self, raw: S3Store, events: pd.DataFrame, refusals: list[Refusal]) -> pd.DataFrame:
        """Reject the lines of these events (by position) that were refused; return the other events."""
        is_kept = pd.Series(True, index=range(len(events)))
        for refusal in refusals:
            is_kept.iloc[refusal.start : refusal.stop] = False
            for object_id, lines in events.iloc[refusal.start : refusal.stop].groupby("object_id"):
                found = self.objects[int(str(object_id))]
                self.parsed.rejects += _rejects_of(raw, found, lines["line_number"].tolist(), refusal.detail)
        return events[is_kept.to_numpy()]


def _rejects_of(raw: S3Store, found: RawObject, line_numbers: list[int], detail: str) -> list[Reject]:
    # no line is kept in memory while all goes well: these few are read once more
    lines = raw_store.lines_of(raw, found, set(line_numbers))
    return [
        rejected((found.object_id, number), Reason.UNLOADABLE, detail, *lines.get(number, (b"", 0)))
        for number in line_numbers
    ]


def read_batch(raw: S3Store, hours: list[Hour], erased: ErasedPeople, privacy: Privacy) -> Batch:
    """Return the hours with every line of every object either parsed or rejected."""
    objects = {found.object_id: found for hour in hours for found in hour.objects}
    new_ids = {object_id for hour in hours for object_id in hour.new_object_ids}
    batch = Batch(objects, new_ids, Parsed(privacy=privacy), erased)
    with _without_garbage_collection():
        for found, body in raw_store.bodies(raw, objects.values()):
            if isinstance(body, Unread):
                batch.parsed.add_unread(found.object_id, body.reason, body.detail)
            else:
                batch.parsed.add_object(found.object_id, body)
    return batch


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Look for no cycles: lines have none, and looking for them takes a fifth of the time of parsing."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def cleaned(batch: Batch, raw: S3Store, write: Writer, has_time: Callable[[], bool]) -> pd.DataFrame:
    """Return the cleaned events of the new objects, after writing the hours' processed files."""
    rows = batch.take_rows()
    try:
        events = clean(rows)
        write(processed_files(events, batch.received_hours(events), batch.erased_hours))
    except Exception as error:
        if not is_caused_by_data(error):
            raise
        events = _sifted(batch, rows, raw, has_time)
        write(processed_files(events, batch.received_hours(events), batch.erased_hours))
    is_new = events["object_id"].isin(batch.new_ids)
    return events if is_new.all() else events[is_new]


def _sifted(batch: Batch, parsed: pd.DataFrame, raw: S3Store, has_time: Callable[[], bool]) -> pd.DataFrame:
    """Return the events that can be cleaned, after rejecting the others."""
    parts = [clean(parsed.iloc[:0])]

    def attempt(start: int, stop: int) -> None:
        part = clean(parsed.iloc[start:stop])
        for _ in processed_files(part, batch.received_hours(part)):
            pass  # making them is the test
        parts.append(part)

    refusals = sift(len(parsed), attempt, has_time)
    batch.refuse(raw, parsed, refusals)
    return pd.concat([part for part in parts if not part.empty] or parts)
