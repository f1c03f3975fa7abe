"""From the bytes of raw objects to columns of events, and the lines that break the contract. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

import msgspec
import pandas as pd
from contract.event import Event, InvalidEventError, decode_event, exact_number
from contract.privacy import Privacy
from contract.raw_lines import KEPT_BYTES, MAX_LINE_BYTES, TooLargeObjectError, numbered_lines
from contract.raw_object import ERASED_LINE, RawLine, UnreadableObjectError

from etl.amounts import amount, amount_text, product

_line_decoder = msgspec.json.Decoder(RawLine)
# A parameter's own column holds this much of it (`params` holds all): PostgreSQL's B-tree takes keys of at
# most 2,704 bytes, and a character may have four.
_COLUMN_CHARACTERS = 500
_MAX_DETAIL_CHARACTERS = 500


class _Items(msgspec.Struct):
    """The items as sent, parameters of the shop's own included."""

    items: list[dict[str, Any]] = []


_items_decoder = msgspec.json.Decoder(_Items, float_hook=exact_number)
_encoder = msgspec.json.Encoder(decimal_format="number")
# Addresses come again and again: this many are remembered.
_KNOWN_ADDRESSES = 32_768
_LARGEST_POSITION = 2**31 - 1


class Reason(StrEnum):
    """Why a line, or a whole object, is not loaded."""

    # of a line
    INVALID = "invalid"  # it breaks the event contract
    TOO_LONG = "too_long"
    UNLOADABLE = "unloadable"  # it passes the contract, and the warehouse refuses it
    # of a whole object
    UNREADABLE = "unreadable"  # broken, truncated or no gzip
    TOO_LARGE = "too_large"
    MISPLACED = "misplaced"  # its key does not name an hour
    VANISHED = "vanished"  # it was listed and then not there


@dataclass(frozen=True)
class Reject:
    """A line that is not loaded, with the beginning of it; line 0 stands for the whole object."""

    object_id: int
    line_number: int
    reason: Reason
    detail: str
    line: bytes
    line_size_bytes: int


def rejected(
    place: tuple[int, int], reason: Reason, detail: str, line: bytes, line_size_bytes: int | None = None
) -> Reject:
    """Return a reject at (object_id, line number) that can be stored, whatever its detail and line hold."""
    # an error's text may quote what it complains of: PostgreSQL stores neither NUL nor half a character
    printable = detail.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
    size_bytes = len(line) if line_size_bytes is None else line_size_bytes
    return Reject(*place, reason, printable[:_MAX_DETAIL_CHARACTERS], line[:KEPT_BYTES], size_bytes)


@dataclass
class Parsed:
    """Events as rows (one dict each), their items, and the rejects, of any number of objects.

    `erased_ids` has the object's id once for each line of it that was erased from raw.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    erased_ids: list[int] = field(default_factory=list)
    privacy: Privacy = field(default_factory=Privacy)

    def __post_init__(self) -> None:
        """Remember addresses for as long as this lives."""
        self._address: Callable[[str], str] = lru_cache(_KNOWN_ADDRESSES)(self.privacy.address)

    def add_object(self, object_id: int, body: bytes) -> None:
        """Read one raw object; every line of it ends up in `rows`, `rejects` or `erased_ids`."""
        parts: tuple[list[Any], ...] = (self.rows, self.items, self.rejects, self.erased_ids)
        before = [len(part) for part in parts]
        try:
            for line_number, line, size_bytes in numbered_lines(body):
                self._add_line(object_id, line_number, line, size_bytes)
        except UnreadableObjectError as error:
            # what was read before the break is as little to be trusted as what comes after it
            for part, length in zip(parts, before, strict=True):
                del part[length:]
            reason = Reason.TOO_LARGE if isinstance(error, TooLargeObjectError) else Reason.UNREADABLE
            self.add_unread(object_id, reason, str(error), body)

    def add_unread(self, object_id: int, reason: Reason, detail: str, body: bytes = b"") -> None:
        """Reject a whole object."""
        self.rejects.append(rejected((object_id, 0), reason, detail, body))

    def _add_line(self, object_id: int, line_number: int, line: bytes, size_bytes: int) -> None:
        place = (object_id, line_number)
        if size_bytes > MAX_LINE_BYTES:
            detail = f"the line has {size_bytes} bytes; at most {MAX_LINE_BYTES} are read"
            self.rejects.append(rejected(place, Reason.TOO_LONG, detail, line, size_bytes))
            return
        try:
            raw = _line_decoder.decode(line)
            event = decode_event(bytes(raw.event))
            self._redact(event)
            row = {**_columns(raw, event), "object_id": object_id, "line_number": line_number}
            items = _item_rows(row, bytes(raw.event)) if event.items else []
        except (InvalidEventError, ValueError, RecursionError) as error:
            if line == ERASED_LINE:
                self.erased_ids.append(object_id)
            else:
                self.rejects.append(rejected(place, Reason.INVALID, str(error), line))
            return
        self.rows.append(row)
        self.items += items

    def _redact(self, event: Event) -> None:
        """Take out what ingest takes out: raw holds events that it never saw, and of older rules."""
        address, parameter = self._address, self.privacy.parameter
        if page := event.page:
            page.url = address(page.url) if page.url else page.url
            page.referrer = address(page.referrer) if page.referrer else page.referrer
        params = event.params
        for name, value in params.items():
            if type(value) is str:
                params[name] = parameter(name, value, address)

    def frame(self) -> pd.DataFrame:
        """Return the events as a frame with the columns of `_columns`, one row each."""
        return pd.DataFrame(self.rows, columns=COLUMNS)


def _item_rows(row: dict[str, Any], event: bytes) -> list[dict[str, Any]]:
    place = {name: row[name] for name in ("event_id", "object_id", "line_number")}
    items = _items_decoder.decode(event).items
    return [{**place, "item_number": number, **_item_columns(item)} for number, item in enumerate(items, 1)]


COLUMNS = [
    "event_id", "event_name", "event_time_ms", "received_at", "sent_at", "event_sequence", "anonymous_id",
    "user_id", "user_agent", "country", "language", "page_location", "page_title", "page_referrer",
    "device_category", "param_source", "param_medium", "param_campaign", "param_term", "param_content",
    "param_campaign_id", "search_term", "currency", "value", "tax", "shipping", "transaction_id", "params",
    "object_id", "line_number",
]  # fmt: skip


def _columns(raw: RawLine, event: Event) -> dict[str, Any]:
    page, device, params = event.page, event.device, event.params
    return {
        "event_id": str(event.event_id),
        "event_name": event.event_name,
        "event_time_ms": event.event_time,
        "received_at": raw.receipt.received_at,
        "sent_at": raw.receipt.sent_at,
        "event_sequence": event.event_sequence,
        "anonymous_id": event.anonymous_id,
        "user_id": raw.user_id,
        "user_agent": raw.receipt.user_agent,
        "country": raw.receipt.country,
        "language": device.language if device else None,
        "page_location": page.url if page else None,
        "page_title": page.title if page else None,
        "page_referrer": page.referrer if page else None,
        "device_category": device.category if device else None,
        "param_source": _text(params.get("source")),
        "param_medium": _text(params.get("medium")),
        "param_campaign": _text(params.get("campaign")),
        "param_term": _text(params.get("term")),
        "param_content": _text(params.get("content")),
        "param_campaign_id": _text(params.get("campaign_id")),
        "search_term": _text(params.get("search_term")),
        "currency": _text(params.get("currency")),
        "value": _amount(params.get("value")),
        "tax": _amount(params.get("tax")),
        "shipping": _amount(params.get("shipping")),
        "transaction_id": _text(params.get("transaction_id")),
        "params": _encoder.encode(params).decode(),
    }


def _item_columns(item: dict[str, Any]) -> dict[str, Any]:
    price, quantity = amount(item.get("price")), amount(item.get("quantity"))
    position = item.get("index")
    return {
        **{name: _text(item.get(name)) for name in _ITEM_TEXTS},
        # its place in the list that was shown
        "item_index": position if position is not None and 0 <= position <= _LARGEST_POSITION else None,
        "price": amount_text(price),
        "quantity": amount_text(quantity),
        "discount": _amount(item.get("discount")),
        "item_value": amount_text(product(price, quantity)),
        "item": _encoder.encode(item).decode(),
    }


def _amount(value: object) -> str | None:
    return None if value is None else amount_text(amount(value))


_ITEM_TEXTS = (
    "item_id", "item_name", "item_brand", "item_category", "item_variant", "item_list_id", "item_list_name",
    "coupon",
)  # fmt: skip


def _text(value: object) -> str | None:
    """Return a parameter that should be text as text, whatever the client sent; empty counts as absent."""
    if value is None or value == "" or isinstance(value, (dict, list)):
        return None
    text = value if isinstance(value, str) else _encoder.encode(value).decode()
    return text[:_COLUMN_CHARACTERS]
