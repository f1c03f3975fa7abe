"""The edge to S3: lists and reads raw objects, writes processed files."""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import cast

import obstore
from contract.raw_lines import numbered_lines
from contract.raw_object import EVENTS_PREFIX
from obstore.exceptions import BaseError, NotFoundError, PermissionDeniedError
from obstore.store import S3Store

from etl.errors import TransientError
from etl.plan import RawObject, Window
from etl.rejects import Reason

# Requests in flight at once; one small object takes its latency, not our processor.
_CONCURRENCY = 16
# Read ahead of the parser, at most: objects, and their bytes (one larger object waits alone).
_MAX_AHEAD, _MAX_AHEAD_BYTES = 256, 64 * 1024 * 1024
# Ingest writes 256 kB at most, the importer a few MB; larger ones were written by nothing of ours.
MAX_OBJECT_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Unread:
    """Why an object that was listed is not read."""

    reason: Reason
    detail: str


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
        for page in obstore.list(store, prefix=EVENTS_PREFIX, chunk_size=1):
            for found in page:
                # what lies in no day is in no window; one such object must not hide the others
                with suppress(ValueError):
                    return RawObject(found["path"], 0).received_hour.date()
    except BaseError as error:
        raise TransientError(f"can't list {EVENTS_PREFIX} of the raw bucket: {error}") from error
    return None


def bodies(store: S3Store, objects: Iterable[RawObject]) -> Iterator[tuple[RawObject, bytes | Unread]]:
    """Yield each object with its bytes, or why they were not read, in the order given."""
    with ThreadPoolExecutor(_CONCURRENCY) as pool:
        ahead: deque[tuple[RawObject, Future[bytes | Unread]]] = deque()
        ahead_bytes = 0
        for found in objects:
            while ahead and (len(ahead) >= _MAX_AHEAD or ahead_bytes + found.size_bytes > _MAX_AHEAD_BYTES):
                first, body = ahead.popleft()
                ahead_bytes -= first.size_bytes
                yield first, body.result()
            ahead.append((found, pool.submit(_raw_body, store, found)))
            ahead_bytes += found.size_bytes
        while ahead:
            first, body = ahead.popleft()
            yield first, body.result()


def _raw_body(store: S3Store, found: RawObject) -> bytes | Unread:
    """Return an object's bytes, or why it is not read: what is wrong with one must not stop the others."""
    if not found.is_in_place:
        return Unread(Reason.MISPLACED, "the key must be events/dt=YYYY-MM-DD/hr=HH/<name>")
    if found.size_bytes > MAX_OBJECT_BYTES:
        return Unread(Reason.TOO_LARGE, f"{found.size_bytes} bytes; at most {MAX_OBJECT_BYTES} are read")
    try:
        body = bytes(obstore.get(store, found.key).bytes())
    except (FileNotFoundError, NotFoundError, PermissionDeniedError) as error:
        # S3 says "forbidden" of what is not there to a role that may list some prefixes only
        if is_listed(store, found.key):
            raise TransientError(f"can't read {found.key}: {error}") from error
        return Unread(Reason.VANISHED, "it was listed, and gone when it was read")
    except BaseError as error:
        raise TransientError(f"can't read {found.key}: {error}") from error
    # a part of an object looks like a broken one, and would be rejected for good
    if len(body) != found.size_bytes:
        raise TransientError(
            f"can't read {found.key}: {len(body)} bytes came of the {found.size_bytes} listed"
        )
    return body


def is_listed(store: S3Store, key: str) -> bool:
    """Return whether the store lists an object of this key now."""
    try:
        # a prefix is whole folders here; the listing begins right before the key
        pages = obstore.list(store, prefix=key.rpartition("/")[0], offset=key[:-1], chunk_size=1)
        return any(found["path"] == key for found in next(iter(pages), []))
    except BaseError as error:
        raise TransientError(f"can't list {key}: {error}") from error


def lines_of(store: S3Store, found: RawObject, numbers: set[int]) -> dict[int, tuple[bytes, int]]:
    """Return {line number: (line, its bytes)}; what is gone since it was listed is missing."""
    body = _raw_body(store, found)
    if isinstance(body, Unread):
        return {}
    return {number: (line, size) for number, line, size in numbered_lines(body) if number in numbers}


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


def write_changed(store: S3Store, files: Iterable[tuple[str, bytes]]) -> list[str]:
    """Write the files whose content under their key is another or missing; return their keys."""

    def is_other(file: tuple[str, bytes]) -> bool:
        try:
            return bytes(obstore.get(store, file[0]).bytes()) != file[1]
        except (FileNotFoundError, NotFoundError, PermissionDeniedError):
            return True
        except BaseError as error:
            raise TransientError(f"can't read {file[0]}: {error}") from error

    wanted = list(files)
    with ThreadPoolExecutor(_CONCURRENCY) as pool:
        changed = [file for file, other in zip(wanted, pool.map(is_other, wanted), strict=True) if other]
    write_objects(store, changed)
    return [key for key, _ in changed]
