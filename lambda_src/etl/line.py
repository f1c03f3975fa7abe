"""One line of a raw object, decoded once. Pure.

What the event contract says of a line, `contract.event.decode_event` decides. As nearly all lines keep it,
they are decoded in one pass by the same types; for what that refuses the contract finds the words.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any

import msgspec
from contract.event import MAX_EVENT_BYTES, Event, Item, decode_event, exact_number
from contract.raw_object import RawLine, Receipt
from msgspec import Meta, Raw, Struct

# Prices come again and again.
_number = lru_cache(65_536)(exact_number)


class LineEvent(Event, gc=False):
    """The contract's event with its items as they came."""

    items: Raw = Raw(b"[]")  # type: ignore[assignment]


class _Line(Struct, gc=False):
    receipt: Raw
    event: LineEvent
    user_id: str | None = None


class Line(Struct, gc=False):
    """An event that keeps the contract, and what its receiver knew of it.

    `receipt` is a position in `LineDecoder.receipts`; `items` are as sent, parameters of the shop's own
    included.
    """

    event: LineEvent
    items: list[dict[str, Any]]
    receipt: int
    user_id: str | None


_NO_ITEMS: list[dict[str, Any]] = []
_line_decoder = msgspec.json.Decoder(_Line, float_hook=_number)
_event_decoder = msgspec.json.Decoder(LineEvent, float_hook=_number)
_items_decoder = msgspec.json.Decoder(list[dict[str, Any]], float_hook=_number)
_contract_of_items = msgspec.json.Decoder(Annotated[list[Item], Meta(max_length=200)])
_receipt_decoder = msgspec.json.Decoder(Receipt)
_contract_of_lines = msgspec.json.Decoder(RawLine)


@dataclass
class LineDecoder:
    """Decodes lines; a receipt, which all lines of a batch share, is decoded once."""

    receipts: list[Receipt] = field(default_factory=list)
    _positions: dict[bytes, int] = field(default_factory=dict)

    def decode(self, text: bytes) -> Line:
        """Return what a line holds; raises `ValueError` or `RecursionError` for what breaks the contract."""
        # the contract's limits for an event's text hold for all of a line that is as short
        if len(text) <= MAX_EVENT_BYTES and b"\\u0000" not in text:
            try:
                return self._decoded(_line_decoder.decode(text))
            except (ValueError, RecursionError):
                pass  # the contract says why, below
        line = _contract_of_lines.decode(text)
        event = bytes(line.event)
        decode_event(event)
        found = _event_decoder.decode(event)
        return Line(found, _items(found), self._add_receipt(line.receipt), line.user_id)

    def _decoded(self, line: _Line) -> Line:
        receipt = bytes(line.receipt)
        position = self._positions.get(receipt)
        if position is None:
            position = self._add_receipt(_receipt_decoder.decode(receipt))
            self._positions[receipt] = position
        return Line(line.event, _items(line.event), position, line.user_id)

    def _add_receipt(self, receipt: Receipt) -> int:
        self.receipts.append(receipt)
        return len(self.receipts) - 1


def _items(event: LineEvent) -> list[dict[str, Any]]:
    if event.items == b"[]":
        return _NO_ITEMS
    _contract_of_items.decode(event.items)
    return _items_decoder.decode(event.items)
