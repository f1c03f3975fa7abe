"""How accepted events lie in the raw bucket: gzip NDJSON, one object per batch, keyed by receive hour.

Raw is the truth: a line holds the event's own bytes as they came and what only the receiver can know.
The same batch always gives the same object name, so that a retry within the hour finds itself stored.
"""

import gzip
import hashlib
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

EVENTS_PREFIX = "events/"
REJECTED_PREFIX = "rejected/"


# What stands in the place of a line that was erased: lines keep their numbers, and the account its sums.
ERASED_LINE = b'{"erased":true}'


class Receipt(Struct, omit_defaults=True, frozen=True):
    """What the receiver knows of a batch."""

    received_at: datetime
    sent_at: datetime
    batch_id: UUID
    source_ip: str | None = None
    # empty if the request had none, None if there was no request (past events that were imported)
    user_agent: str | None = None
    # as a header says it, two capital letters
    country: str | None = None


class RawLine(Struct, omit_defaults=True):
    """One line of a raw object: an accepted event and its receipt."""

    receipt: Receipt
    event: Raw
    # from verified claims alone, never from the body
    user_id: str | None = None


class RejectedLine(Struct, omit_defaults=True):
    """One line of a rejected object: the text as it came, its place in the batch and why it was refused."""

    receipt: Receipt
    index: int
    reason: str
    text: str
    event_id: str | None = None
    # from verified claims alone, never from the body
    user_id: str | None = None


class UnreadableObjectError(ValueError):
    """A raw object is not gzip, or holds more than is read of one. Terminal: the bytes will not change."""


def hour_prefix(root: str, received_at: datetime) -> str:
    """Return `<root>dt=YYYY-MM-DD/hr=HH/` for a receive time in UTC."""
    return f"{root}dt={received_at:%Y-%m-%d}/hr={received_at:%H}/"


def object_name(batch_id: UUID, events: Iterable[bytes]) -> str:
    """Return the name of a batch's object: its id and a digest of its events.

    The digest keeps two different batches under one id from overwriting each other.
    """
    digest = hashlib.sha256(b"\n".join(events)).hexdigest()[:16]
    return f"{batch_id}-{digest}.json.gz"


def compact(event: bytes) -> bytes:
    """Return one JSON text on one line, values untouched (numbers keep every digit)."""
    return msgspec.json.format(event, indent=-1)


def encode_lines(lines: Iterable[RawLine] | Iterable[RejectedLine]) -> bytes:
    """Return gzip NDJSON; the same lines always give the same bytes (no time stamp in the gzip header)."""
    body = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    return gzip.compress(body, compresslevel=6, mtime=0)
