"""Reads the lines of a raw object, whatever it holds, in memory that does not grow with one line. Pure."""

import zlib
from collections.abc import Iterator

from contract.raw_object import UnreadableObjectError

# Inflated at a time; the objects of ingest and importer are done in one or two steps.
_CHUNK_BYTES = 4 * 1024 * 1024
# A whole request fits in; a longer line was written by nothing of ours.
MAX_LINE_BYTES = 256 * 1024
# Of a longer line its beginning is kept.
KEPT_BYTES = 64 * 1024
# What one object may hold: of kept lines (memory), of anything (time), of lines (rejects).
MAX_KEPT_BYTES = 256 * 1024 * 1024
MAX_INFLATED_BYTES = 4 * 1024 * 1024 * 1024
MAX_LINES = 200_000

# line number from 1, the line or the beginning of a long one, the bytes of the whole line
Line = tuple[int, bytes, int]


class TooLargeObjectError(UnreadableObjectError):
    """A raw object holds more than is read of one. Terminal: it must be split."""


def numbered_lines(body: bytes) -> Iterator[Line]:
    """Yield every line that is not empty.

    Raises `UnreadableObjectError`, maybe after some lines, when the object is broken or too large.
    """
    kept_bytes = 0
    for lines_count, line in enumerate(_lines(body), start=1):
        kept_bytes += len(line[1])
        if lines_count > MAX_LINES:
            raise TooLargeObjectError(f"holds more than {MAX_LINES} lines")
        if kept_bytes > MAX_KEPT_BYTES:
            raise TooLargeObjectError(f"holds more than {MAX_KEPT_BYTES} bytes of lines")
        yield line


def _lines(body: bytes) -> Iterator[Line]:
    # the line that has not ended yet: its number, its (first) bytes, its size so far
    number, head, size_bytes = 1, b"", 0
    for chunk in _chunks(body):
        first, *others = chunk.split(b"\n")
        head, size_bytes = _kept(head + first), size_bytes + len(first)
        if not others:
            continue
        if size_bytes:
            yield number, head, size_bytes
        for line in others[:-1]:
            number += 1
            if line:
                yield number, _kept(line), len(line)
        number += 1
        head, size_bytes = _kept(others[-1]), len(others[-1])
    if size_bytes:
        yield number, head, size_bytes


def _kept(line: bytes) -> bytes:
    return line if len(line) <= MAX_LINE_BYTES else line[:KEPT_BYTES]


def _chunks(body: bytes) -> Iterator[bytes]:
    """Yield the text of all members of a gzip file, in parts; their checksums are checked."""
    if not body:
        raise UnreadableObjectError("not gzip: the object is empty")
    inflated_bytes = 0
    rest = body
    while rest:
        inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        while not inflater.eof:
            try:
                chunk = inflater.decompress(rest, _CHUNK_BYTES)
            except zlib.error as error:
                raise UnreadableObjectError(f"not gzip: {error}") from None
            rest = inflater.unconsumed_tail
            if not chunk and not rest and not inflater.eof:
                raise UnreadableObjectError("not gzip: the object ends before its end mark")
            inflated_bytes += len(chunk)
            if inflated_bytes > MAX_INFLATED_BYTES:
                raise TooLargeObjectError(f"inflates to more than {MAX_INFLATED_BYTES} bytes")
            yield chunk
        # zeros after the end are padding
        rest = inflater.unused_data.lstrip(b"\0")
