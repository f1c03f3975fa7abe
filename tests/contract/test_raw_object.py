"""Raw objects: the same batch gives the same bytes under the same name, and nothing is changed on the way."""

import gzip
from datetime import UTC, datetime
from uuid import UUID

import pytest
from contract.raw_object import (
    RawLine,
    Receipt,
    UnreadableObjectError,
    compact,
    encode_lines,
    hour_prefix,
    inflate,
    object_name,
)
from msgspec import Raw

BATCH = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
AT = datetime(2026, 3, 29, 1, 59, 59, tzinfo=UTC)


def test_lines_of_the_same_events_are_the_same_bytes() -> None:
    lines = [RawLine(Receipt(AT, AT, BATCH), Raw(b'{"a":1}'))]
    assert encode_lines(lines) == encode_lines(lines)


def test_event_keeps_every_digit_and_character() -> None:
    event = '{ "n": 12345678901234567890123.4500,\n "s": "ä\\u00e4 \\" " }'.encode()
    text = inflate(encode_lines([RawLine(Receipt(AT, AT, BATCH), Raw(compact(event)))]))
    assert '{"n":12345678901234567890123.4500,"s":"ä\\u00e4 \\" "}'.encode() in text


def test_key_names_the_receive_hour_in_utc() -> None:
    assert hour_prefix("events/", AT) == "events/dt=2026-03-29/hr=01/"


def test_other_events_under_one_batch_id_get_another_name() -> None:
    assert object_name(BATCH, [b"1"]) == object_name(BATCH, [b"1"]) != object_name(BATCH, [b"2"])


@pytest.mark.parametrize("body", [b"not gzip", gzip.compress(b"x" * 1000)[:-12], b"\x1f\x8b\x08"])
def test_broken_gzip_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableObjectError):
        inflate(body)


def test_bomb_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("contract.raw_object.MAX_INFLATED_BYTES", 1000)
    with pytest.raises(UnreadableObjectError, match="more than 1000"):
        inflate(gzip.compress(b"x" * 1001))
