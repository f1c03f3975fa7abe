"""What one task does: read, parse and clean its share of raw objects, and make an hour's file of all shares.

A share is a receive hour with some of its objects: an hour too large for one process is parsed by many, and
only its columns come together again, since its file is a function of all of its objects (decision 0004).
"""

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from contract.privacy import Privacy

from etl.batch import cleaned, read_batch
from etl.erased import ErasedPeople
from etl.load import object_counts
from etl.plan import Hour, RawObject, batches
from etl.portions import portions
from etl.processed import processed_files, processed_key
from etl.raw_store import write_objects
from etl.spark.files import open_store

_SECONDS_AN_HOUR = 3600
# Files of hours that are written together, and their bytes.
_MOST_WAITING, _MOST_WAITING_BYTES = 64, 32 * 1024 * 1024
# What is known of an object before copies are settled: key, hour, lines by what became of them.
OBJECT_COLUMNS = (
    "object_id bigint, object_key string, size_bytes bigint, received_hour timestamp, received_date date,"
    " stored_count bigint, rejected_count bigint, erased_count bigint"
)
ObjectRow = tuple[int, str, int, datetime, object, int, int, int]
# an hour as the number of hours since 1970: the same on every machine, whatever its hashes are
HourNumber = int


@dataclass(frozen=True)
class Place:
    """Where a task reads and writes, and by which rules."""

    raw_bucket: str
    processed_bucket: str
    erased: ErasedPeople
    privacy: Privacy


@dataclass(frozen=True)
class Part:
    """A share's Parquet file of one hour (None without events), and the rows of its objects."""

    body: bytes | None
    objects: list[ObjectRow]


def shares_of(hours: Iterable[Hour], max_bytes: int) -> list[list[Hour]]:
    """Return what each task works on: about `max_bytes` of raw objects, of several hours or part of one."""
    return list(batches((share for hour in hours for share in _split(hour, max_bytes)), max_bytes))


def _split(hour: Hour, max_bytes: int) -> Iterator[Hour]:
    for objects in portions(hour.objects, lambda found: found.size_bytes, max_bytes):
        yield _share(hour, objects)


def _share(hour: Hour, objects: list[RawObject]) -> Hour:
    return Hour(hour.received_hour, tuple(objects), frozenset(found.object_id for found in objects))


def parts_of(share: list[Hour], place: Place) -> Iterator[tuple[HourNumber, Part]]:
    """Yield (hour, part) for each hour of a share: every line is cleaned, or counted as rejected."""
    raw = open_store(place.raw_bucket)
    batch = read_batch(raw, share, place.erased, place.privacy)
    files: dict[str, bytes] = {}
    events = cleaned(batch, raw, files.update, lambda: True)
    counts = object_counts(
        sorted(batch.objects), events, events.iloc[:0], batch.parsed.rejects, batch.parsed.erased_ids
    )
    for hour in sorted({hour.received_hour for hour in share}):
        objects = [
            _row(found, counts.loc[[found.object_id]].iloc[0])
            for found in batch.objects.values()
            if found.received_hour == hour
        ]
        number = int(hour.timestamp()) // _SECONDS_AN_HOUR
        yield number, Part(files.get(processed_key(hour)), objects)


def _row(found: RawObject, counts: "pd.Series[int]") -> ObjectRow:
    hour = found.received_hour
    of_lines = (int(counts[part]) for part in ("stored_count", "rejected_count", "erased_count"))
    stored, rejected, erased = of_lines
    return (found.object_id, found.key, found.size_bytes, hour, hour.date(), stored, rejected, erased)


def write_hours(of_hours: Iterable[tuple[HourNumber, Iterable[Part]]], bucket: str) -> Iterator[ObjectRow]:
    """Write each hour's processed file, made of all of its shares; yield the rows of its objects."""
    waiting: dict[str, bytes] = {}
    for number, found in of_hours:
        hour, parts = datetime.fromtimestamp(number * _SECONDS_AN_HOUR, UTC), list(found)
        bodies = [part.body for part in parts if part.body is not None]
        if bodies:
            waiting[processed_key(hour)] = hour_file(hour, bodies)
        # small files are written many at once, since each takes S3's latency
        if len(waiting) >= _MOST_WAITING or sum(map(len, waiting.values())) > _MOST_WAITING_BYTES:
            write_objects(open_store(bucket), waiting.items())
            waiting.clear()
        for part in parts:
            yield from part.objects
    write_objects(open_store(bucket), waiting.items())


def hour_file(hour: datetime, bodies: list[bytes]) -> bytes:
    """Return the hour's Parquet file, the same bytes as if one process had read all of its objects."""
    if len(bodies) == 1:
        return bodies[0]
    tables = [pq.read_table(io.BytesIO(body)) for body in bodies]
    events = pa.concat_tables(tables).combine_chunks().to_pandas(types_mapper=pd.ArrowDtype)
    ((_, body),) = processed_files(events, [hour] * len(events), [hour])
    return body
