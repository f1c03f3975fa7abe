"""Finds a person's lines in a raw object, and takes them out of it. Pure."""

import gzip
import io
import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from contract.raw_object import ERASED_LINE
from etl.erased import ErasedPeople

# What is read of one object; ours are a few MB. A larger one is named in the certificate, not read.
MAX_INFLATED_BYTES = 256 * 1024 * 1024


class UnsearchableError(ValueError):
    """An object can't be searched for a person's lines. Terminal: somebody must look at it."""


class _Event(msgspec.Struct):
    anonymous_id: str


class _Line(msgspec.Struct):
    """A line of `events/` has an event, one of `rejected/` the text that was refused."""

    event: _Event | None = None
    text: str | None = None
    user_id: str | None = None


_line_decoder = msgspec.json.Decoder(_Line)
_event_decoder = msgspec.json.Decoder(_Event)


@dataclass(frozen=True)
class Finder:
    """Who is looked for: by hash, and as they stand in a line that can't be decoded."""

    people: ErasedPeople
    ids: tuple[str, ...]

    def is_theirs(self, line: bytes) -> bool:
        """Return whether a line is one of theirs; of one that can't be decoded: whether an id is in it."""
        try:
            found = _line_decoder.decode(line)
        except (ValueError, RecursionError):
            return self._is_quoted_in(line.decode(errors="replace"))
        if found.event is not None:
            return self.people.cover(found.user_id, found.event.anonymous_id)
        if found.text is None:
            return False
        if found.user_id is not None:
            return self.people.cover(found.user_id, "")
        try:
            return self.people.cover(None, _event_decoder.decode(found.text.encode()).anonymous_id)
        except (ValueError, RecursionError):
            return self._is_quoted_in(found.text)

    def _is_quoted_in(self, text: str) -> bool:
        return any(quoted in text for found in self.ids for quoted in (json.dumps(found), f'\\"{found}\\"'))


def count_lines(body: bytes, is_theirs: Callable[[bytes], bool]) -> int:
    """Return how many lines of an object are theirs; raises `UnsearchableError`."""
    return sum(1 for line in _inflated(body).split(b"\n") if line and is_theirs(line))


def without_lines(body: bytes, is_theirs: Callable[[bytes], bool]) -> bytes:
    """Return the object with a mark in the place of each line of theirs; all other lines keep their bytes."""
    lines = _inflated(body).split(b"\n")
    kept = [ERASED_LINE if line and is_theirs(line) else line for line in lines]
    return gzip.compress(b"\n".join(kept), compresslevel=6, mtime=0)


def _inflated(body: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            text = file.read(MAX_INFLATED_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnsearchableError(f"not gzip: {error}") from None
    if len(text) > MAX_INFLATED_BYTES:
        raise UnsearchableError(f"inflates to more than {MAX_INFLATED_BYTES} bytes")
    return text
