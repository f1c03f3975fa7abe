"""Decoded lines as columns: what is asked of an event often gets a column of its own. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

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

_PLACE = ("event_id", "object_id", "line_number", "item_number")
# Prices come again and again.
_KNOWN_AMOUNTS = 65_536
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
        **{column: pa.array(values, _TEXT) for column, values in _columns(params, _PARAMS).items()},
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
    found: dict[str, Sequence[Any]] = _columns(items, _ITEM)
    found["price"], found["quantity"], found["item_value"] = _priced(items)
    found["item"] = [_encoder.encode(item) for item in items]
    for number, name in enumerate(_PLACE):
        found[name] = [place[number] for place in places]
    arrays = [pa.array(found[column.name], column.type) for column in ITEM_SCHEMA]
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


def _columns(
    found: Sequence[dict[str, Any]], wanted: Mapping[str, tuple[str, Callable[[Any], object]]]
) -> dict[str, Sequence[Any]]:
    """Return the wanted columns, by column: of each dict what `wanted` makes of its value of a name.

    Most dicts have few of the names: each is gone through once, rather than asked for every name.
    """
    columns: dict[str, list[Any]] = {column: [None] * len(found) for column, _ in wanted.values()}
    targets = {name: (columns[column], made_of) for name, (column, made_of) in wanted.items()}
    for row, each in enumerate(found):
        for name, value in each.items():
            if (target := targets.get(name)) is not None and value is not None:
                target[0][row] = target[1](value)
    return {**columns}


def _priced(items: Sequence[dict[str, Any]]) -> Iterable[Sequence[str | None]]:
    """Return the columns of price, quantity and of what both make together."""
    rows = [_amounts_of(item.get("price"), item.get("quantity")) for item in items]
    return zip(*rows, strict=True) if rows else ((), (), ())


def _amounts_of(price: object, quantity: object) -> tuple[str | None, str | None, str | None]:
    # what is no number is no amount, and may have no hash
    return _known_amounts(
        price if isinstance(price, (int, Decimal)) else None,
        quantity if isinstance(quantity, (int, Decimal)) else None,
    )


@lru_cache(_KNOWN_AMOUNTS, typed=True)
def _known_amounts(
    price: int | Decimal | None, quantity: int | Decimal | None
) -> tuple[str | None, str | None, str | None]:
    exact_price, exact_quantity = amount(price), amount(quantity)
    together = product(exact_price, exact_quantity)
    return amount_text(exact_price), amount_text(exact_quantity), amount_text(together)


def _position(value: int) -> int | None:
    """Return an item's place in the list that was shown."""
    return int(value) if 0 <= value <= _LARGEST_POSITION else None


def _amount(value: object) -> str | None:
    return _known_amount(value) if isinstance(value, (int, Decimal)) else None


@lru_cache(_KNOWN_AMOUNTS, typed=True)
def _known_amount(value: int | Decimal) -> str | None:
    # equal numbers have the same text, whatever their digits
    return amount_text(amount(value))


def _text(value: object) -> str | None:
    """Return a parameter that should be text as text, whatever the client sent; empty counts as absent."""
    if type(value) is str:
        return value[:_COLUMN_CHARACTERS] or None
    if isinstance(value, (dict, list)):
        return None
    return _encoder.encode(value).decode()[:_COLUMN_CHARACTERS]


# Of an event's and of an item's parameters: the column of a name, and what is made of its value.
_PARAMS: dict[str, tuple[str, Callable[[Any], object]]] = {
    **{name: (column, _text) for column, name in _PARAM_TEXTS.items()},
    **{name: (name, _amount) for name in _AMOUNTS},
}
_ITEM: dict[str, tuple[str, Callable[[Any], object]]] = {
    **{name: (name, _text) for name in _ITEM_TEXTS},
    "index": ("item_index", _position),
    "discount": ("discount", _amount),
}
