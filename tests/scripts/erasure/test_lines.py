"""A person's lines in a raw object: found whatever they look like, and taken out without touching another."""

import gzip
import json
from typing import Any

import pytest
from contract.raw_object import ERASED_LINE
from erasure import lines
from erasure.lines import Finder, UnsearchableError, count_lines, without_lines
from etl.erased import ACCOUNT, BROWSER, ErasedPeople, id_hash

KEY = b"k"
HASHES = frozenset({id_hash(KEY, ACCOUNT, "anna"), id_hash(KEY, BROWSER, "her phone")})
FINDER = Finder(ErasedPeople(KEY, HASHES), ("anna", "her phone"))


def accepted(anonymous_id: object, user_id: str | None = None, **more: Any) -> bytes:
    return json.dumps({"event": {"anonymous_id": anonymous_id, **more}, "user_id": user_id}).encode()


def refused(text: str, user_id: str | None = None) -> bytes:
    return json.dumps({"index": 0, "reason": "x", "text": text, "user_id": user_id}).encode()


@pytest.mark.parametrize(
    "line",
    [
        accepted("tablet", "anna"),
        accepted("her phone"),
        refused('{"anonymous_id": "her phone"}'),
        refused('{"anonymous_id": "tablet"}', "anna"),
        refused('{"anonymous_id": ["her phone"]}'),
        refused('broken, of "her phone"'),
        b'{"event": broken, "anonymous_id": "her phone"',
        accepted(["her phone"]),
        b'{"text": "of \\"anna\\" broken',
    ],
)
def test_line_of_theirs_is_found(line: bytes) -> None:
    assert FINDER.is_theirs(line)


@pytest.mark.parametrize(
    "line",
    [
        accepted("her phone", "ben"),
        accepted("tablet"),
        accepted("tablet", params={"note": "her phone"}),
        refused('{"anonymous_id": "tablet"}'),
        refused('{"anonymous_id": "her phone"}', "ben"),
        b"broken, of anna's and her phones",
        b"[1, 2]",
        b"\xff\xfe",
        ERASED_LINE,
        b"[" * 100_000,
    ],
)
def test_line_of_somebody_else_is_left(line: bytes) -> None:
    assert not FINDER.is_theirs(line)


def test_other_lines_keep_their_bytes_and_places() -> None:
    text = b"\n".join([accepted("tablet"), b"", accepted("her phone"), b"\xff", accepted("her phone"), b""])
    body = without_lines(gzip.compress(text), FINDER.is_theirs)
    found = gzip.decompress(body).split(b"\n")
    assert found == [accepted("tablet"), b"", ERASED_LINE, b"\xff", ERASED_LINE, b""]
    assert count_lines(gzip.compress(text), FINDER.is_theirs) == 2
    assert count_lines(body, FINDER.is_theirs) == 0
    assert without_lines(body, FINDER.is_theirs) == body


def test_object_of_several_parts_is_read_whole() -> None:
    body = gzip.compress(accepted("tablet") + b"\n") + gzip.compress(accepted("her phone"))
    assert count_lines(body, FINDER.is_theirs) == 1


@pytest.mark.parametrize(
    "body",
    [b"no gzip", gzip.compress(b"x" * 1000)[:-9], gzip.compress(b"") + b"x", b"\x1f\x8b\x08\0"],
    ids=["text", "cut", "trailing", "cut header"],
)
def test_broken_object_can_not_be_searched(body: bytes) -> None:
    with pytest.raises(UnsearchableError, match="not gzip"):
        count_lines(body, FINDER.is_theirs)


def test_object_that_inflates_without_end_can_not_be_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_INFLATED_BYTES", 100)
    with pytest.raises(UnsearchableError, match="more than 100 bytes"):
        count_lines(gzip.compress(b"\n" * 101), FINDER.is_theirs)
    assert count_lines(gzip.compress(b"\n" * 100), FINDER.is_theirs) == 0
