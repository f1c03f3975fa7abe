"""The event contract: what it takes, what it refuses, and that its published schema says the same."""

import json
from pathlib import Path

import jsonschema
import pytest
from contract.event import MAX_EVENT_BYTES, InvalidEventError, decode_event
from contract.schema import event_batch_schema, rendered

GOOD = {
    "event_id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "event_name": "add_to_cart",
    "event_time": 1_719_698_560_000,
    "anonymous_id": "v1",
    "event_sequence": 3,
    "page": {"url": "https://shop.example/product", "title": "A product", "referrer": ""},
    "device": {"category": "mobile"},
    "items": [{"item_id": "sku-1", "price": 12.5, "quantity": 2, "colour": "red"}],
    "params": {"currency": "EUR", "value": 25, "deep": {"list": [1, None, "x"]}},
}
BAD = {
    "no event_id": {**GOOD, "event_id": None},
    "event_id is no UUID": {**GOOD, "event_id": "1"},
    "name with a space": {**GOOD, "event_name": "add to cart"},
    "name with a line feed": {**GOOD, "event_name": "purchase\n"},
    "name of 41 letters": {**GOOD, "event_name": "a" * 41},
    "time as text": {**GOOD, "event_time": "2024-06-29"},
    "time before 1970": {**GOOD, "event_time": -1},
    "time after 2100": {**GOOD, "event_time": 4_102_444_800_000},
    "empty visitor": {**GOOD, "anonymous_id": ""},
    "user_id from the body": {**GOOD, "user_id": "somebody"},
    "an unknown field": {**GOOD, "price": 1},
    "an item without id and name": {**GOOD, "items": [{"price": 1}]},
    "201 items": {**GOOD, "items": [{"item_id": "x"}] * 201},
    "params as a list": {**GOOD, "params": [1]},
    "unknown device": {**GOOD, "device": {"category": "fridge"}},
}


def test_good_event_is_taken() -> None:
    event = decode_event(json.dumps(GOOD).encode())
    assert event.event_name == "add_to_cart"
    assert event.params["deep"] == {"list": [1, None, "x"]}


@pytest.mark.parametrize("case", BAD)
def test_event_that_breaks_the_contract_is_refused_with_a_reason(case: str) -> None:
    with pytest.raises(InvalidEventError, match=r"\w"):
        decode_event(json.dumps(BAD[case]).encode())


@pytest.mark.parametrize("case", ["good", *BAD])
def test_published_schema_judges_as_the_types_do(case: str) -> None:
    event = GOOD if case == "good" else BAD[case]
    batch = {"sent_at": "2024-06-29T22:02:40Z", "events": [event]}
    judge = jsonschema.Draft202012Validator(
        event_batch_schema(), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    assert judge.is_valid(batch) == (case == "good")


def test_published_schema_is_the_one_of_the_types() -> None:
    published = Path(__file__).parents[2] / "lambda_src" / "contract" / "event_batch.schema.json"
    assert published.read_text() == rendered(), "run: make schema"


@pytest.mark.parametrize("text", ['"\\u0000"', '"a\\\\\\u0000"'])
def test_nul_character_is_refused(text: str) -> None:
    body = json.dumps(GOOD).replace('"v1"', text)
    with pytest.raises(InvalidEventError, match="U\\+0000"):
        decode_event(body.encode())


def test_escaped_backslash_before_u0000_is_no_nul_character() -> None:
    body = json.dumps({**GOOD, "anonymous_id": "a\\u0000"})
    assert decode_event(body.encode()).anonymous_id == "a\\u0000"


def test_event_over_the_size_limit_is_refused() -> None:
    body = json.dumps({**GOOD, "params": {"x": "y" * MAX_EVENT_BYTES}})
    with pytest.raises(InvalidEventError, match="at most 32768"):
        decode_event(body.encode())


def test_number_that_no_float_holds_is_refused() -> None:
    body = json.dumps(GOOD).replace("12.5", "1e400")
    with pytest.raises(InvalidEventError, match="out of range"):
        decode_event(body.encode())
