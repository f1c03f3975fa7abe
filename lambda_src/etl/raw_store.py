"""The edge to S3: lists and reads raw objects, writes processed files."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import cast

import obstore
from contract.raw_object import EVENTS_PREFIX
from obstore.exceptions import BaseError
from obstore.store import S3Store

from etl.errors import TransientError
from etl.plan import RawObject, Window

# Requests in flight at once; one small object takes its latency, not our processor.
_CONCURRENCY = 16


def listed_objects(store: S3Store, window: Window) -> Iterator[RawObject]:
    """Yield every raw object received on a day of the window; all pages of the listing are read."""
    for received_date in window.dates():
        prefix = f"{EVENTS_PREFIX}dt={received_date:%Y-%m-%d}/"
        try:
            for page in obstore.list(store, prefix=prefix, chunk_size=1000):
                yield from (RawObject(found["path"], found["size"]) for found in page)
        except BaseError as error:
            raise TransientError(f"can't list {prefix} of the raw bucket: {error}") from error


def oldest_received_date(store: S3Store) -> date | None:
    """Return the first receive date that the raw bucket holds, or None; keys are listed in their order."""
    try:
        first_page = next(iter(obstore.list(store, prefix=EVENTS_PREFIX, chunk_size=1)), [])
    except BaseError as error:
        raise TransientError(f"can't list {EVENTS_PREFIX} of the raw bucket: {error}") from error
    return RawObject(first_page[0]["path"], 0).received_hour.date() if first_page else None


def bodies(store: S3Store, objects: Iterable[RawObject]) -> Iterator[tuple[RawObject, bytes]]:
    """Yield each object with its bytes, in the order given."""
    wanted = list(objects)
    with ThreadPoolExecutor(_CONCURRENCY) as pool:
        yield from zip(wanted, pool.map(lambda found: read_object(store, found.key), wanted), strict=True)


def read_object(store: S3Store, key: str) -> bytes:
    """Return the bytes of one object."""
    try:
        return bytes(obstore.get(store, key).bytes())
    except BaseError as error:
        raise TransientError(f"can't read {key}: {error}") from error


def write_objects(store: S3Store, files: Iterable[tuple[str, bytes]]) -> None:
    """Write every file (key, body); what lay under the key is replaced."""

    def write(file: tuple[str, bytes]) -> None:
        try:
            obstore.put(store, file[0], file[1])
        except BaseError as error:
            raise TransientError(f"can't write {file[0]}: {error}") from cast(BaseException, error)

    with ThreadPoolExecutor(_CONCURRENCY) as pool:
        for _ in pool.map(write, files):
            pass
