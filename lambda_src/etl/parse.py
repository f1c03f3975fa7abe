"""From the bytes of raw objects to columns of events, and the lines that break the contract. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import pandas as pd
import pyarrow as pa
from contract.event import Event
from contract.privacy import Privacy
from contract.raw_lines import MAX_LINE_BYTES, TooLargeObjectError, numbered_lines
from contract.raw_object import ERASED_LINE, UnreadableObjectError

from etl.columns import event_columns, item_columns
from etl.line import Line, LineDecoder
from etl.rejects import Reason, Reject, rejected

# Addresses come again and again: this many are remembered.
_KNOWN_ADDRESSES = 32_768
# Lines become columns in parts: as Python's objects they take three times the memory.
_LINES_AT_ONCE = 16_384


@dataclass
class _Lines:
    """Decoded lines with their places."""

    decoder: LineDecoder = field(default_factory=LineDecoder)
    lines: list[Line] = field(default_factory=list)
    object_ids: list[int] = field(default_factory=list)
    line_numbers: list[int] = field(default_factory=list)

    def add(self, line: Line, place: tuple[int, int]) -> None:
        self.lines.append(line)
        self.object_ids.append(place[0])
        self.line_numbers.append(place[1])

    def take(self, other: "_Lines") -> None:
        self.lines += other.lines
        self.object_ids += other.object_ids
        self.line_numbers += other.line_numbers


@dataclass
class Parsed:
    """Events and their items as columns, and the rejects, of any number of objects.

    `erased_ids` has the object's id once for each line of it that was erased from raw.
    """

    rejects: list[Reject] = field(default_factory=list)
    erased_ids: list[int] = field(default_factory=list)
    privacy: Privacy = field(default_factory=Privacy)
    _events: list[pa.Table] = field(default_factory=list)
    _items: list[pa.Table] = field(default_factory=list)
    # what is not in columns yet
    _waiting: _Lines = field(default_factory=_Lines)

    def __post_init__(self) -> None:
        """Remember addresses for as long as this lives."""
        self._address: Callable[[str], str] = lru_cache(_KNOWN_ADDRESSES)(self.privacy.address)

    def add_object(self, object_id: int, body: bytes) -> None:
        """Read one raw object; every line of it ends up as an event, a reject or an erased id."""
        rejects_count, erased_count = len(self.rejects), len(self.erased_ids)
        added = _Lines(self._waiting.decoder)
        try:
            for line_number, line, size_bytes in numbered_lines(body):
                self._add_line(added, (object_id, line_number), line, size_bytes)
        except UnreadableObjectError as error:
            # what was read before the break is as little to be trusted as what comes after it
            del self.rejects[rejects_count:], self.erased_ids[erased_count:]
            reason = Reason.TOO_LARGE if isinstance(error, TooLargeObjectError) else Reason.UNREADABLE
            self.add_unread(object_id, reason, str(error), body)
            return
        self._waiting.take(added)
        if len(self._waiting.lines) >= _LINES_AT_ONCE:
            self._make_columns()

    def add_unread(self, object_id: int, reason: Reason, detail: str, body: bytes = b"") -> None:
        """Reject a whole object."""
        self.rejects.append(rejected((object_id, 0), reason, detail, body))

    def frame(self) -> pd.DataFrame:
        """Return the events, one row each, with the columns of `columns.event_columns`."""
        self._make_columns()
        frame: pd.DataFrame = pa.concat_tables(self._events).to_pandas()
        # a whole number that may be missing
        return frame.astype({"event_sequence": "Int64"})

    def items(self) -> pd.DataFrame:
        """Return the items of all events, one row each."""
        self._make_columns()
        frame: pd.DataFrame = pa.concat_tables(self._items).to_pandas()
        return frame.astype({"item_index": "Int64"})

    def _add_line(self, added: _Lines, place: tuple[int, int], text: bytes, size_bytes: int) -> None:
        if size_bytes > MAX_LINE_BYTES:
            detail = f"the line has {size_bytes} bytes; at most {MAX_LINE_BYTES} are read"
            self.rejects.append(rejected(place, Reason.TOO_LONG, detail, text, size_bytes))
            return
        try:
            line = added.decoder.decode(text)
        except (ValueError, RecursionError) as error:
            if text == ERASED_LINE:
                self.erased_ids.append(place[0])
            else:
                self.rejects.append(rejected(place, Reason.INVALID, str(error), text))
            return
        self._redact(line.event)
        added.add(line, place)

    def _redact(self, event: Event) -> None:
        """Take out what ingest takes out: raw holds events that it never saw, and of older rules."""
        address, parameter = self._address, self.privacy.parameter
        if page := event.page:
            page.url = address(page.url) if page.url else page.url
            page.referrer = address(page.referrer) if page.referrer else page.referrer
        params = event.params
        for name, value in params.items():
            # nothing is private in a text without these signs (contract.privacy)
            if type(value) is str and ("%" in value or "@" in value or "=" in value):
                params[name] = parameter(name, value, address)

    def _make_columns(self) -> None:
        waiting, self._waiting = self._waiting, _Lines()
        places = waiting.object_ids, waiting.line_numbers
        if waiting.lines or not self._events:
            self._events.append(event_columns(waiting.lines, waiting.decoder.receipts, *places))
            self._items.append(item_columns(waiting.lines, *places))
