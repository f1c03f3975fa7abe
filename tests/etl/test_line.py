"""Lines are decoded in one pass, and what the contract refuses is refused in its words."""

import json
from typing import Any

import msgspec
import pytest
from contract.event import InvalidEventError, decode_event
from contract.raw_object import RawLine
from etl.line import LineDecoder
from hypothesis import given
from hypothesis import strategies as st

from tests.etl.events import START, event

RECEIPT = b'{"received_at":"2026-03-02T10:00:00Z","sent_at":"2026-03-02T10:00:00Z","batch_id":' + (
    b'"6ba7b810-9dad-11d1-80b4-00c04fd430c8"}'
)
FIELDS = st.sampled_from(["event_id", "event_name", "event_time", "anonymous_id", "page", "items", "params"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def line_of(event_text: bytes, receipt: bytes = RECEIPT) -> bytes:
    return b'{"receipt":' + receipt + b',"event":' + event_text + b"}"


def refusal_of_the_contract(line: bytes) -> str | None:
    try:
        decode_event(bytes(msgspec.json.decode(line, type=RawLine).event))
    except (InvalidEventError, ValueError, RecursionError) as error:
        return str(error)
    return None


def refusal(line: bytes) -> str | None:
    try:
        LineDecoder().decode(line)
    except (ValueError, RecursionError) as error:
        return str(error)
    return None


def good(**fields: object) -> dict[str, Any]:
    items = [{"item_id": "a", "price": 1.10, "mine": {"x": [1]}}]
    return {**event("a", START), "items": items, "params": {"value": 0.10}, **fields}


@given(FIELDS, VALUES)
def test_one_pass_takes_what_the_contract_takes(name: str, value: object) -> None:
    line = line_of(json.dumps(good() | {name: value}).encode())
    assert refusal(line) == refusal_of_the_contract(line)


@pytest.mark.parametrize(
    "text",
    [
        b'{"event_id":1}',
        json.dumps(good()).encode().replace(b"0.1", b"1e999"),
        json.dumps(good(anonymous_id="a\0")).encode(),
        json.dumps(good(anonymous_id="\\u0000")).encode(),
        json.dumps(good()).encode().replace(b'"a"', b'"\\ud800"'),
        json.dumps(good(page={"title": "x" * 40_000})).encode(),
        json.dumps(good()).encode().replace(b"[1]", b"[" * 2000 + b"]" * 2000),
        json.dumps(good()).encode().replace(b'"item_id": "a", ', b""),
        json.dumps(good()).encode().replace(b'"price": 1.1', b'"price": 1e13'),
        json.dumps(good() | {"items": [{"item_id": "a"}] * 201}).encode(),
        json.dumps(good()).encode().replace(b'"page_view"', b'"page\xff"'),
        b"",
        b"[]",
    ],
)
def test_a_refusal_is_in_the_contracts_words(text: bytes) -> None:
    line = line_of(text)
    assert refusal(line) == refusal_of_the_contract(line)


@pytest.mark.parametrize("receipt", [b"{}", b"[]", b'{"received_at":1}', RECEIPT.replace(b"10:00", b"99:00")])
def test_a_line_with_a_broken_receipt_is_refused(receipt: bytes) -> None:
    line = line_of(json.dumps(good()).encode(), receipt)
    assert refusal(line) == refusal_of_the_contract(line) is not None


def test_lines_of_a_batch_share_their_receipt() -> None:
    decoder = LineDecoder()
    found = [decoder.decode(line_of(json.dumps(good(event_sequence=n)).encode())) for n in range(3)]
    other = decoder.decode(line_of(json.dumps(good()).encode(), RECEIPT.replace(b"10:00:00Z", b"11:00:00Z")))
    assert [line.receipt for line in (*found, other)] == [0, 0, 0, 1]
    assert [receipt.received_at.hour for receipt in decoder.receipts] == [10, 11]


def test_items_keep_the_shops_own_parameters_and_every_digit() -> None:
    text = json.dumps(good()).encode().replace(b"1.1", b"1.10")
    (item,) = LineDecoder().decode(line_of(text)).items
    assert (str(item["price"]), item["mine"]) == ("1.10", {"x": [1]})
