"""Raw objects: the same batch gives the same bytes under the same name, and nothing is changed on the way."""

import gzip
from datetime import UTC, datetime
from uuid import UUID

from contract.raw_object import (
    RawLine,
    Receipt,
    compact,
    encode_lines,
    hour_prefix,
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
    text = gzip.decompress(encode_lines([RawLine(Receipt(AT, AT, BATCH), Raw(compact(event)))]))
    assert '{"n":12345678901234567890123.4500,"s":"ä\\u00e4 \\" "}'.encode() in text


def test_key_names_the_receive_hour_in_utc() -> None:
    assert hour_prefix("events/", AT) == "events/dt=2026-03-29/hr=01/"


def test_other_events_under_one_batch_id_get_another_name() -> None:
    assert object_name(BATCH, [b"1"]) == object_name(BATCH, [b"1"]) != object_name(BATCH, [b"2"])
