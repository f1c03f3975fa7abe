"""From the bytes of raw objects to columns of events, and the lines that break the contract. Pure."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
import pandas as pd
from contract.event import Event, InvalidEventError, decode_event
from contract.raw_object import RawLine, UnreadableObjectError, inflate, numbered_lines

_line_decoder = msgspec.json.Decoder(RawLine)
# A parameter's own column holds this much of it (`params` holds all): PostgreSQL's B-tree takes keys of at
# most 2,704 bytes, and a character may have four.
_COLUMN_CHARACTERS = 500
# What a reject keeps of an object that cannot be inflated at all.
_KEPT_BYTES = 64 * 1024


class _Items(msgspec.Struct):
    """The items as sent, parameters of the shop's own included."""

    items: list[dict[str, Any]] = []


_items_decoder = msgspec.json.Decoder(_Items)


@dataclass(frozen=True)
class Reject:
    """A line that breaks the contract; line 0 stands for the whole object."""

    object_id: int
    line_number: int
    reason: str
    line: bytes


@dataclass
class Parsed:
    """Events as rows (one dict each), their items, and the rejects, of any number of objects."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)

    def add_object(self, object_id: int, body: bytes) -> None:
        """Read one raw object; every line of it ends up in `rows` or in `rejects`."""
        try:
            text = inflate(body)
        except UnreadableObjectError as error:
            self.rejects.append(Reject(object_id, 0, str(error), body[:_KEPT_BYTES]))
            return
        for line_number, line in numbered_lines(text):
            self._add_line(object_id, line_number, line)

    def _add_line(self, object_id: int, line_number: int, line: bytes) -> None:
        try:
            raw = _line_decoder.decode(line)
            event = decode_event(bytes(raw.event))
        except (InvalidEventError, ValueError, RecursionError) as error:
            self.rejects.append(Reject(object_id, line_number, str(error)[:500], line))
            return
        self.rows.append({**_columns(raw, event), "object_id": object_id, "line_number": line_number})
        if event.items:
            self._add_items(str(event.event_id), bytes(raw.event), object_id, line_number)

    def _add_items(self, event_id: str, event: bytes, object_id: int, line_number: int) -> None:
        place = {"event_id": event_id, "object_id": object_id, "line_number": line_number}
        for item_number, item in enumerate(_items_decoder.decode(event).items, start=1):
            self.items.append({**place, "item_number": item_number, **_item_columns(item)})

    def frame(self) -> pd.DataFrame:
        """Return the events as a frame with the columns of `_columns`, one row each."""
        return pd.DataFrame(self.rows, columns=COLUMNS)


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
