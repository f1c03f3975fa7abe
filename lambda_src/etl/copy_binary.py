"""Frames in PostgreSQL's binary COPY format, column by column. Pure.

Text would cost client and server half as much again: PostgreSQL takes 8 microseconds for an event as text and
5 in this form (docs/decisions/0028). Source: PostgreSQL 17 manual, "COPY", Binary Format; the values are as
each type's `_recv` function reads them.
"""

import struct
from collections.abc import Callable, Iterable
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

# PostgreSQL counts from 2000-01-01: microseconds, and days.
_EPOCH_MICROSECONDS, _EPOCH_DAYS = 946_684_800_000_000, 10_957
_NULL = pa.scalar(b"\xff\xff\xff\xff", pa.binary())
_NUMERIC_NEGATIVE = 0x4000
_HYPHENS = (8, 13, 18, 23)
_NO_HEX = np.uint8(255)
_HEX = np.full(256, _NO_HEX)
_HEX[np.frombuffer(b"0123456789abcdefABCDEF", np.uint8)] = [*range(16), *range(10, 16)]

Bytes = npt.NDArray[np.uint8]


def rows(frame: pd.DataFrame, types: Iterable[str]) -> bytes:
    """Return the frame's rows, between header and trailer; `types` are PostgreSQL's names for the columns'.

    Raises `ValueError` for a value that its column's type does not have.
    """
    count = len(frame)
    if not count:
        return b""
    fields = pa.repeat(pa.scalar(struct.pack(">h", frame.shape[1]), pa.binary()), count)
    parts = [fields]
    for (_, column), kind in zip(frame.items(), types, strict=True):
        parts += _encoded(column, kind)
    joined = pc.binary_join_element_wise(*parts, pa.scalar(b"", pa.binary()))
    return bytes(_data(joined))


def _data(values: pa.Array) -> memoryview:
    """Return the bytes of all values, one after the other."""
    _, offsets, data = values.buffers()
    ends = np.frombuffer(offsets, np.int32, len(values) + 1, values.offset * 4)
    return memoryview(data)[ends[0] : ends[-1]]


def _encoded(column: pd.Series, kind: str) -> list[pa.Array]:
    """Return arrays that, joined row by row, are the column's fields with their lengths."""
    if kind not in _FIELDS:
        raise ValueError(f"column {column.name} is of type {kind}, which is not written in binary form")
    return _FIELDS[kind](column)


def _array(column: pd.Series, kind: pa.DataType) -> pa.Array:
    array = pa.array(column, from_pandas=True)
    whole = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return whole if whole.type == kind else whole.cast(kind)


def _whole(values: pa.Array, form: str, epoch: int = 0) -> pa.Array:
    """Return integers since an epoch as fields of a fixed length."""
    numbers = values.fill_null(0).to_numpy(zero_copy_only=False)
    encoded = (numbers.astype(np.int64) - epoch).astype(form)
    return _fixed(np.frombuffer(encoded.tobytes(), np.uint8).reshape(len(encoded), encoded.itemsize), values)


def _uuids(values: pa.Array, name: object) -> pa.Array:
    text = values.fill_null("0" * 36)
    if pc.any(pc.not_equal(pc.binary_length(text), 36)).as_py():
        raise ValueError(f"column {name}: a uuid must have 36 characters")
    characters = np.frombuffer(_data(text), np.uint8).reshape(len(text), 36)
    digits = _HEX[np.delete(characters, _HYPHENS, axis=1)]
    if (digits == _NO_HEX).any():
        raise ValueError(f"column {name}: a uuid must consist of hexadecimal digits")
    return _fixed(digits[:, 0::2] * np.uint8(16) + digits[:, 1::2], values)


def _fixed(payload: Bytes, values: pa.Array) -> pa.Array:
    """Return rows of bytes as fields; null where `values` is."""
    count, size = payload.shape
    fields = np.empty((count, 4 + size), np.uint8)
    fields[:, :4] = np.frombuffer(struct.pack(">i", size), np.uint8)
    fields[:, 4:] = payload
    found = _binary(fields)
    return found if not values.null_count else pc.if_else(values.is_valid(), found, _NULL)


def _texts(values: pa.Array, prefix: bytes = b"") -> list[pa.Array]:
    """Return the fields of bytes: their lengths (-1 for null), and themselves behind a prefix."""
    lengths = pc.binary_length(values)
    sizes = np.where(
        lengths.is_valid().to_numpy(zero_copy_only=False),
        lengths.fill_null(0).to_numpy(zero_copy_only=False) + len(prefix),
        -1,
    )
    fields = [_binary(sizes.astype(">i4").view(np.uint8).reshape(len(sizes), 4))]
    if prefix:
        begin = pa.scalar(prefix, pa.binary())
        none = pa.scalar(b"", pa.binary())
        fields.append(pc.if_else(values.is_valid(), begin, none))
    return [*fields, values.fill_null(b"")]


def _binary(fields: Bytes) -> pa.Array:
    count, size = fields.shape
    starts = np.arange(0, (count + 1) * size, size, dtype=np.int32)
    return pa.Array.from_buffers(pa.binary(), count, [None, pa.py_buffer(starts), pa.py_buffer(fields)])


def numeric(text: str | None) -> bytes | None:
    """Return a decimal number as `numeric_recv` reads it: groups of four digits, all decimals kept."""
    if text is None:
        return None
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(f"{text!r} is no number of a numeric column here")
    before, _, after = format(number.copy_abs(), "f").partition(".")
    before = before.lstrip("0")
    padded = before.zfill(-(-len(before) // 4) * 4) + after + "0" * (-len(after) % 4)
    digits = [int(padded[start : start + 4]) for start in range(0, len(padded), 4)]
    weight = -(-len(before) // 4) - 1
    while digits and digits[0] == 0:
        digits, weight = digits[1:], weight - 1
    while digits and digits[-1] == 0:
        digits = digits[:-1]
    sign = _NUMERIC_NEGATIVE if number < 0 else 0
    return struct.pack(
        f">hhHh{len(digits)}h", len(digits), weight if digits else 0, sign, len(after), *digits
    )


def _integers(form: str) -> Callable[[pd.Series], list[pa.Array]]:
    return lambda column: [_whole(_array(column, pa.int64()), form)]


def _numerics(column: pd.Series) -> list[pa.Array]:
    encoded = _array(column, pa.string()).dictionary_encode()
    values = pa.array([numeric(text) for text in encoded.dictionary.to_pylist()], pa.binary())
    return _texts(values.take(encoded.indices))


def _dates(column: pd.Series) -> list[pa.Array]:
    return [_whole(_array(column, pa.date32()).cast(pa.int32()), ">i4", _EPOCH_DAYS)]


def _times(column: pd.Series) -> list[pa.Array]:
    times = _array(column, pa.timestamp("us", tz="UTC")).cast(pa.int64())
    return [_whole(times, ">i8", _EPOCH_MICROSECONDS)]


# by the names that PostgreSQL's format_type gives
_FIELDS: dict[str, Callable[[pd.Series], list[pa.Array]]] = {
    "text": lambda column: _texts(_array(column, pa.string()).cast(pa.binary())),
    # its version goes before the text
    "jsonb": lambda column: _texts(_array(column, pa.string()).cast(pa.binary()), b"\x01"),
    "uuid": lambda column: [_uuids(_array(column, pa.string()), column.name)],
    "boolean": lambda column: [_whole(_array(column, pa.bool_()).cast(pa.uint8()), "u1")],
    "smallint": _integers(">i2"),
    "integer": _integers(">i4"),
    "bigint": _integers(">i8"),
    "numeric": _numerics,
    "date": _dates,
    "timestamp with time zone": _times,
}
