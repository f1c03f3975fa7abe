"""Parquet files of the processed bucket, as Spark's tasks read and write them: one a day, or one an hour.

By our own reader of S3, so that a job is the same on EMR Serverless and on one machine, where Spark itself
has no way to S3.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import cache
from typing import Any

import obstore
import pyarrow as pa
import pyarrow.parquet as pq
from contract.bucket import open_bucket
from obstore.exceptions import BaseError
from obstore.store import S3Store

from etl.errors import TransientError
from etl.raw_store import read_object, write_objects

# Files that are read at once; a small one takes S3's latency.
_AT_ONCE = 16
Batches = Iterable[pa.RecordBatch]
WRITTEN_COLUMNS = "key string, rows_count bigint"
_WRITTEN = pa.schema([("key", pa.string()), ("rows_count", pa.int64())])


@cache
def open_store(bucket: str) -> S3Store:
    """Return a bucket as the ETL opens it, once in a process: opening costs more than a small file."""
    return open_bucket(bucket, timeout_seconds=60, max_retries=5)


def listed(store: S3Store, prefix: str) -> dict[str, int]:
    """Return {key: bytes} of every Parquet file below a prefix."""
    try:
        pages = obstore.list(store, prefix=prefix, chunk_size=1000)
        return {f["path"]: f["size"] for page in pages for f in page if f["path"].endswith(".parquet")}
    except BaseError as error:
        raise TransientError(f"can't list {prefix} of the processed bucket: {error}") from error


def reader(bucket: str, schema: pa.Schema) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    """Return what turns rows with a `key` into the rows of these files, with the schema's columns."""

    def read(key: str) -> pa.Table:
        body = io.BytesIO(read_object(open_store(bucket), key))
        return pq.read_table(body, columns=schema.names).select(schema.names).cast(schema)

    def read_all(batches: Batches) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            keys = batch.column("key").to_pylist()
            for start in range(0, len(keys), _AT_ONCE):
                with ThreadPoolExecutor(_AT_ONCE) as pool:
                    tables = pool.map(read, keys[start : start + _AT_ONCE])
                    yield from pa.concat_tables(tables).combine_chunks().to_batches()

    return read_all


def day_key(prefix: str, day: date) -> str:
    """Return the key of a day's file: `<prefix>/dt=YYYY-MM-DD/<prefix>.parquet`."""
    return f"{prefix}/dt={day:%Y-%m-%d}/{prefix}.parquet"


def day_writer(
    bucket: str, prefix: str, day_column: str, schema: pa.Schema
) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    """Return what writes rows, which come in order, as a file per day; it yields their keys."""

    def write(batches: Batches) -> Iterator[pa.RecordBatch]:
        # Spark calls a column that can't be missing "not null", which is a schema of its own
        parts = [pa.Table.from_batches([batch]).cast(schema) for batch in batches]
        table = pa.concat_tables(parts or [schema.empty_table()])
        written: dict[str, list[Any]] = {"key": [], "rows_count": []}
        for day, start, stop in _runs(table.column(day_column).to_pylist()):
            key = day_key(prefix, day)
            write_objects(open_store(bucket), [(key, parquet(table.slice(start, stop - start)))])
            written["key"].append(key)
            written["rows_count"].append(stop - start)
        yield pa.RecordBatch.from_pydict(written, schema=_WRITTEN)

    return write


def _runs(days: list[date]) -> Iterator[tuple[date, int, int]]:
    start = 0
    for place in range(1, len(days) + 1):
        if place == len(days) or days[place] != days[start]:
            yield days[start], start, place
            start = place


def parquet(table: pa.Table) -> bytes:
    """Return a table as a file: the same bytes for the same rows."""
    sink = io.BytesIO()
    pq.write_table(table.combine_chunks().replace_schema_metadata(None), sink, compression="zstd")
    return sink.getvalue()


def empty_others(store: S3Store, prefix: str, schema: pa.Schema, kept: set[str]) -> list[str]:
    """Leave no row in the day files that were not written now; return their keys.

    Emptied, not deleted: the job may not delete, and a reader in the middle of a day finds a whole file.
    """
    nothing = parquet(schema.empty_table())
    others = sorted(set(listed(store, f"{prefix}/")) - kept)
    write_objects(store, [(key, nothing) for key in others])
    return others
