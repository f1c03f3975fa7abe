"""Decoded lines as columns: what is asked of an event often gets a column of its own. Pure."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
import numpy as np
import pyarrow as pa
from contract.event import Device, Page
from contract.raw_object import Receipt

from etl.amounts import amount, amount_text, product
from etl.line import Line, LineEvent

# A parameter's own column holds this much of it (`params` holds all): PostgreSQL's B-tree takes keys of at
# most 2,704 bytes, and a character may have four.
_COLUMN_CHARACTERS = 500
_LARGEST_POSITION = 2**31 - 1
_TIME = pa.timestamp("us", tz="UTC")
# as pandas keeps text, so that nothing is copied on the way there
_TEXT = pa.large_string()
_PARAM_TEXTS = {
    **{f"param_{name}": name for name in ("source", "medium", "campaign", "term", "content", "campaign_id")},
    **{name: name for name in ("search_term", "currency", "transaction_id")},
}
_AMOUNTS = ("value", "tax", "shipping")
_ITEM_TEXTS = (
    "item_id", "item_name", "item_brand", "item_category", "item_variant", "item_list_id", "item_list_name",
    "coupon",
)  # fmt: skip
ITEM_SCHEMA = pa.schema(
    [
        ("event_id", _TEXT),
        ("object_id", pa.int64()),
        ("line_number", pa.int64()),
        ("item_number", pa.int64()),
        *((name, _TEXT) for name in _ITEM_TEXTS),
        ("item_index", pa.int64()),
        *((name, _TEXT) for name in ("price", "quantity", "discount", "item_value", "item")),
    ]
)

_Value = TypeVar("_Value")
_encoder = msgspec.json.Encoder(decimal_format="number")
_NO_PAGE, _NO_DEVICE = Page(), Device()
_BYTES_OF_ID = 36


def event_columns(
    lines: Sequence[Line], receipts: Sequence[Receipt], object_ids: Sequence[int], line_numbers: Sequence[int]
) -> pa.Table:
    """Return one row per line; `receipts` are those that the lines' positions mean."""
    events = [line.event for line in lines]
    params = [event.params for event in events]
    columns = {
        "event_id": _ids(events),
        "event_name": pa.array([event.event_name for event in events], _TEXT),
        "event_time_ms": pa.array([event.event_time for event in events], pa.int64()),
        "event_sequence": pa.array([event.event_sequence for event in events], pa.int64()),
        "anonymous_id": pa.array([event.anonymous_id for event in events], _TEXT),
        "user_id": pa.array([line.user_id for line in lines], _TEXT),
        **_of_receipts(receipts, [line.receipt for line in lines]),
        **_of_pages([event.page or _NO_PAGE for event in events]),
        **_of_devices([event.device or _NO_DEVICE for event in events]),
        **{column: pa.array(_column(params, name, _text), _TEXT) for column, name in _PARAM_TEXTS.items()},
        **{name: pa.array(_column(params, name, _amount), _TEXT) for name in _AMOUNTS},
        "params": pa.array([_encoder.encode(found) for found in params], _TEXT),
        "object_id": pa.array(object_ids, pa.int64()),
        "line_number": pa.array(line_numbers, pa.int64()),
    }
    return pa.table(columns)


def item_columns(lines: Sequence[Line], object_ids: Iterable[int], line_numbers: Iterable[int]) -> pa.Table:
    """Return one row per item of the lines' events, with the place of its event."""
    places = [
        (str(line.event.event_id), object_id, line_number, number)
        for line, object_id, line_number in zip(lines, object_ids, line_numbers, strict=True)
        if line.items
        for number in range(1, len(line.items) + 1)
    ]
    items = [item for line in lines for item in line.items]
    columns: list[Sequence[Any]] = [*zip(*places, strict=True)] if places else [[]] * 4
    columns += [_column(items, name, _text) for name in _ITEM_TEXTS]
    prices, quantities = (_column(items, name, amount) for name in ("price", "quantity"))
    columns.append(_column(items, "index", _position))
    columns += [_amount_texts(prices), _amount_texts(quantities), _column(items, "discount", _amount)]
    columns.append(_amount_texts(map(product, prices, quantities)))
    columns.append([_encoder.encode(item) for item in items])
    arrays = [pa.array(values, kind.type) for values, kind in zip(columns, ITEM_SCHEMA, strict=True)]
    return pa.Table.from_arrays(arrays, schema=ITEM_SCHEMA)


def _ids(events: Sequence[LineEvent]) -> pa.Array:
    # one encoding of all ids is ten times faster than as many calls of str: ["…","…"], 39 bytes each
    text = np.frombuffer(msgspec.json.encode([event.event_id for event in events]), np.uint8)
    count = len(events)
    ids = text[1:].reshape(count, _BYTES_OF_ID + 3)[:, 1:-2] if count else text[:0]
    starts = np.arange(0, (count + 1) * _BYTES_OF_ID, _BYTES_OF_ID, dtype=np.int64)
    return pa.LargeStringArray.from_buffers(
        count, pa.py_buffer(starts), pa.py_buffer(np.ascontiguousarray(ids))
    )


def _of_receipts(receipts: Sequence[Receipt], positions: Sequence[int]) -> dict[str, pa.Array]:
    of_lines = pa.array(positions, pa.int64())

    def column(values: Iterable[Any], kind: pa.DataType) -> pa.Array:
        return pa.array(list(values), kind).take(of_lines)

    return {
        "received_at": column((found.received_at for found in receipts), _TIME),
        "sent_at": column((found.sent_at for found in receipts), _TIME),
        "user_agent": column((found.user_agent for found in receipts), _TEXT),
        "country": column((found.country for found in receipts), _TEXT),
    }


def _of_pages(pages: Sequence[Page]) -> dict[str, pa.Array]:
    return {
        "page_location": pa.array([page.url for page in pages], _TEXT),
        "page_title": pa.array([page.title for page in pages], _TEXT),
        "page_referrer": pa.array([page.referrer for page in pages], _TEXT),
    }


def _of_devices(devices: Sequence[Device]) -> dict[str, pa.Array]:
    return {
        "language": pa.array([device.language for device in devices], _TEXT),
        "device_category": pa.array([device.category for device in devices], _TEXT),
    }


def _column(
    found: Iterable[dict[str, Any]], name: str, made_of: Callable[[Any], _Value | None]
) -> list[_Value | None]:
    return [None if (value := each.get(name)) is None else made_of(value) for each in found]


def _position(value: int) -> int | None:
    """Return an item's place in the list that was shown."""
    return int(value) if 0 <= value <= _LARGEST_POSITION else None


def _amount_texts(amounts: Iterable[Decimal | None]) -> list[str | None]:
    return [None if found is None else amount_text(found) for found in amounts]


def _amount(value: object) -> str | None:
    return amount_text(amount(value))


def _text(value: object) -> str | None:
    """Return a parameter that should be text as text, whatever the client sent; empty counts as absent."""
    if type(value) is str:
        return value[:_COLUMN_CHARACTERS] or None
    if isinstance(value, (dict, list)):
        return None
    return _encoder.encode(value).decode()[:_COLUMN_CHARACTERS]
