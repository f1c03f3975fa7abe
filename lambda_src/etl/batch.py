"""A batch of receive hours: read, cleaned, and written as processed files."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

import pandas as pd
from contract.privacy import Privacy
from obstore.store import S3Store

from etl import raw_store
from etl.clean import clean
from etl.erased import ErasedPeople
from etl.parse import Parsed, Reason, Reject, rejected
from etl.plan import Hour, RawObject
from etl.processed import processed_files
from etl.raw_store import Unread
from etl.sift import Refusal, is_caused_by_data, sift

# Takes the processed files, (key, Parquet) each; returns nothing before all are written.
Writer = Callable[[Iterable[tuple[str, bytes]]], None]


@dataclass
class Batch:
    """Receive hours, with the events and the rejects of all their objects, new to the ledger or not."""

    objects: dict[int, RawObject]
    new_ids: set[int]
    parsed: Parsed
    # the receive hour of each row of `parsed`
    received_hours: list[datetime]
    # whose rows are not loaded
    erased: ErasedPeople

    def take_rows(self) -> tuple[pd.DataFrame, list[datetime]]:
        """Return the rows to be cleaned, and the hour of each; those of erased people are only counted."""
        rows = self.parsed.frame()
        is_erased = self.erased.rows_of(rows)
        if not is_erased.any():
            return rows, self.received_hours
        self.parsed.erased_ids += rows.loc[is_erased, "object_id"].tolist()
        hours = [hour for hour, gone in zip(self.received_hours, is_erased, strict=True) if not gone]
        return rows[~is_erased].reset_index(drop=True), hours

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
    batch = Batch(objects, new_ids, Parsed(privacy=privacy), [], erased)
    parsed = batch.parsed
    for found, body in raw_store.bodies(raw, objects.values()):
        if isinstance(body, Unread):
            parsed.add_unread(found.object_id, body.reason, body.detail)
        else:
            parsed.add_object(found.object_id, body)
        added = len(parsed.rows) - len(batch.received_hours)
        batch.received_hours += [found.received_hour] * added
    return batch


def cleaned(batch: Batch, raw: S3Store, write: Writer, has_time: Callable[[], bool]) -> pd.DataFrame:
    """Return the cleaned events of the new objects, after writing the hours' processed files."""
    rows, received_hours = batch.take_rows()
    try:
        events = clean(rows)
        write(processed_files(events, received_hours, batch.erased_hours))
    except Exception as error:
        if not is_caused_by_data(error):
            raise
        events, received_hours = _sifted(batch, rows, received_hours, raw, has_time)
        write(processed_files(events, received_hours, batch.erased_hours))
    return events[events["object_id"].isin(batch.new_ids)]


def _sifted(
    batch: Batch, parsed: pd.DataFrame, hours: list[datetime], raw: S3Store, has_time: Callable[[], bool]
) -> tuple[pd.DataFrame, list[datetime]]:
    """Return the events that can be cleaned, and their hours, after rejecting the others."""
    parts = [clean(parsed.iloc[:0])]
    kept_hours: list[datetime] = []

    def attempt(start: int, stop: int) -> None:
        part = clean(parsed.iloc[start:stop])
        for _ in processed_files(part, hours[start:stop]):
            pass  # making them is the test
        parts.append(part)
        kept_hours.extend(hours[start:stop])

    refusals = sift(len(parsed), attempt, has_time)
    batch.refuse(raw, parsed, refusals)
    return pd.concat([part for part in parts if not part.empty] or parts), kept_hours
