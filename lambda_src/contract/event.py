"""What an event is: the types that ingest, ETL and importer validate against.

Names are those of Google Analytics 4 (event and item parameters); limits are ours unless a source is given.
`python -m contract.schema` writes the same contract as JSON Schema to `event_batch.schema.json`.
"""

import re
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta, Raw, Struct

MAX_EVENTS_PER_BATCH = 500
MAX_BODY_BYTES = 256 * 1024
MAX_EVENT_BYTES = 32 * 1024
MAX_TEXT_CHARACTERS = 2048

# PostgreSQL stores U+0000 neither in text nor in jsonb (PostgreSQL manual, "JSON Types").
_ESCAPED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")

ShortText = Annotated[str, Meta(min_length=1, max_length=128)]
LongText = Annotated[str, Meta(max_length=MAX_TEXT_CHARACTERS)]
# GA4: an event name starts with a letter, holds letters, digits and underscores, at most 40 of them.
# (?!\n) because Python's $ also matches before a final line feed.
EventName = Annotated[str, Meta(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,39}(?!\n)$")]
# Milliseconds since 1970 by the client's clock, up to the year 2100; a wrong clock is data, not an error.
EventTime = Annotated[int, Meta(ge=0, lt=4_102_444_800_000)]
Amount = Annotated[float, Meta(ge=-1e12, le=1e12)]


class Page(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The page on which an event happened."""

    url: LongText | None = None
    title: LongText | None = None
    referrer: LongText | None = None


class Device(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What the client says about itself; it wins over what the user agent suggests."""

    category: Literal["desktop", "mobile", "tablet", "smart tv"] | None = None
    language: ShortText | None = None
    screen_resolution: ShortText | None = None
    time_zone: ShortText | None = None


class Item(Struct, omit_defaults=True):
    """A GA4 item; parameters beyond these are allowed and kept."""

    item_id: ShortText | None = None
    item_name: Annotated[str, Meta(min_length=1, max_length=500)] | None = None
    item_brand: LongText | None = None
    item_category: LongText | None = None
    item_variant: LongText | None = None
    item_list_id: LongText | None = None
    item_list_name: LongText | None = None
    index: int | None = None
    price: Amount | None = None
    quantity: Annotated[float, Meta(ge=0, le=1e9)] | None = None
    discount: Amount | None = None
    coupon: LongText | None = None

    def __post_init__(self) -> None:
        """Hold GA4's rule that an item is named by its id or by its name."""
        if self.item_id is None and self.item_name is None:
            raise ValueError("an item must have `item_id` or `item_name`")


class Event(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One thing that a visitor did. `event_id` is made once by the client and kept on every retry."""

    event_id: UUID
    event_name: EventName
    event_time: EventTime
    anonymous_id: ShortText
    # the client's own counter: orders events whose `event_time` is equal
    event_sequence: Annotated[int, Meta(ge=0, lt=2**53)] | None = None
    page: Page | None = None
    device: Device | None = None
    items: Annotated[list[Item], Meta(max_length=200)] = []
    params: dict[str, Any] = {}


class Batch(Struct, forbid_unknown_fields=True):
    """What a client sends: `POST /v1/events`. Events stay as bytes, so that one bad event spoils no other."""

    sent_at: Annotated[datetime, Meta(tz=True)]
    events: Annotated[list[Raw], Meta(min_length=1, max_length=MAX_EVENTS_PER_BATCH)]
    # kept by the client on retries, so that a retried batch is stored once
    batch_id: UUID | None = None


class InvalidEventError(ValueError):
    """One event breaks the contract; its text says how. Terminal: sending it again cannot help."""


# A longer number is no price of anything; its first digits are enough.
_MAX_EXACT_CHARACTERS = 60


def exact_number(text: str) -> Decimal:
    """Return a number of JSON with all its digits, where nothing says what type it has.

    Raises `ValueError` for one beyond what PostgreSQL and every reader of JSON can hold.
    """
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"the number {text[:_MAX_EXACT_CHARACTERS]} is out of range")
    is_kept = number and len(text) <= _MAX_EXACT_CHARACTERS
    return Decimal(text if is_kept else repr(number))


_event_decoder = msgspec.json.Decoder(Event, float_hook=exact_number)


def decode_event(text: bytes) -> Event:
    """Return the event that `text` (one JSON object in UTF-8) holds, safe to store in PostgreSQL unchanged.

    Raises `InvalidEventError` with a reason that a developer of the client understands.
    """
    if len(text) > MAX_EVENT_BYTES:
        raise InvalidEventError(f"the event has {len(text)} bytes; at most {MAX_EVENT_BYTES} are taken")
    # the search for the text alone is a hundred times faster, and seldom finds anything
    if b"\\u0000" in text and _ESCAPED_NUL.search(text):
        raise InvalidEventError("the event holds the character U+0000, which no database stores")
    try:
        return _event_decoder.decode(text)
    except RecursionError:
        raise InvalidEventError("the event is nested too deeply") from None
    except ValueError as error:  # msgspec's DecodeError and ValidationError, and invalid UTF-8
        raise InvalidEventError(str(error)) from None
