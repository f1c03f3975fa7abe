"""From the bytes of raw objects to columns of events, and the lines that break the contract. Pure."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec
import pandas as pd
from contract.event import Event, InvalidEventError, decode_event
from contract.raw_lines import KEPT_BYTES, MAX_LINE_BYTES, TooLargeObjectError, numbered_lines
from contract.raw_object import ERASED_LINE, RawLine, UnreadableObjectError

_line_decoder = msgspec.json.Decoder(RawLine)
# A parameter's own column holds this much of it (`params` holds all): PostgreSQL's B-tree takes keys of at
# most 2,704 bytes, and a character may have four.
_COLUMN_CHARACTERS = 500
_MAX_DETAIL_CHARACTERS = 500


class _Items(msgspec.Struct):
    """The items as sent, parameters of the shop's own included."""

    items: list[dict[str, Any]] = []


_items_decoder = msgspec.json.Decoder(_Items)


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

    def frame(self) -> pd.DataFrame:
        """Return the events as a frame with the columns of `_columns`, one row each."""
        return pd.DataFrame(self.rows, columns=COLUMNS)


def _item_rows(row: dict[str, Any], event: bytes) -> list[dict[str, Any]]:
    place = {name: row[name] for name in ("event_id", "object_id", "line_number")}
    items = _items_decoder.decode(event).items
    return [{**place, "item_number": number, **_item_columns(item)} for number, item in enumerate(items, 1)]


COLUMNS = [
    "event_id", "event_name", "event_time_ms", "received_at", "sent_at", "event_sequence", "anonymous_id",
    "user_id", "user_agent", "page_location", "page_title", "page_referrer", "device_category",
    "param_source", "param_medium", "param_campaign", "search_term", "currency", "value", "transaction_id",
    "params", "object_id", "line_number",
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
        "page_location": page.url if page else None,
        "page_title": page.title if page else None,
        "page_referrer": page.referrer if page else None,
        "device_category": device.category if device else None,
        "param_source": _text(params.get("source")),
        "param_medium": _text(params.get("medium")),
        "param_campaign": _text(params.get("campaign")),
        "search_term": _text(params.get("search_term")),
        "currency": _text(params.get("currency")),
        "value": _number_text(params.get("value")),
        "transaction_id": _text(params.get("transaction_id")),
        "params": msgspec.json.encode(params).decode(),
    }


def _item_columns(item: dict[str, Any]) -> dict[str, Any]:
    texts = ("item_id", "item_name", "item_brand", "item_category", "item_variant", "item_list_name")
    return {
        **{name: _text(item.get(name)) for name in texts},
        "price": _number_text(item.get("price")),
        "quantity": _number_text(item.get("quantity")),
        "item": msgspec.json.encode(item).decode(),
    }


def _text(value: object) -> str | None:
    """Return a parameter that should be text as text, whatever the client sent; empty counts as absent."""
    if value is None or value == "" or isinstance(value, (dict, list)):
        return None
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text[:_COLUMN_CHARACTERS]


def _number_text(value: object) -> str | None:
    """Return a number as PostgreSQL's numeric reads it, in its shortest exact form; else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return repr(value)
