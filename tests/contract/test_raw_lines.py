"""Lines of raw objects: numbered as a text editor does, in bounded memory, whatever the object holds."""

import gzip
import zlib

import pytest
from contract import raw_lines
from contract.raw_lines import KEPT_BYTES, MAX_LINE_BYTES, TooLargeObjectError, numbered_lines
from contract.raw_object import UnreadableObjectError
from hypothesis import given
from hypothesis import strategies as st

TEXTS = st.lists(st.sampled_from([b"", b"a", b"bc" * 7, b"\r", b"\0" * 5])).map(b"\n".join)


@given(TEXTS, st.integers(1, 9))
def test_lines_are_the_same_however_the_text_is_cut_into_chunks(text: bytes, chunk_bytes: int) -> None:
    expected = [(number, line, len(line)) for number, line in enumerate(text.split(b"\n"), 1) if line]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(raw_lines, "_CHUNK_BYTES", chunk_bytes)
        assert list(numbered_lines(gzip.compress(text))) == expected


@given(TEXTS, TEXTS)
def test_members_of_a_gzip_file_are_one_text(first: bytes, second: bytes) -> None:
    body = gzip.compress(first) + b"\0\0" + gzip.compress(second) + b"\0"
    assert list(numbered_lines(body)) == list(numbered_lines(gzip.compress(first + second)))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not gzip",
        b"\x1f\x8b\x08",
        gzip.compress(b"x" * 1000)[:-12],
        gzip.compress(b"x\n")[:-1],
        gzip.compress(b"x\n")[:-8] + b"\1" * 8,
        gzip.compress(b"x\n") + b"more",
        zlib.compress(b"x\n"),
    ],
    ids=["empty", "text", "cut header", "cut text", "cut checksum", "wrong checksum", "trailing", "zlib"],
)
def test_broken_gzip_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableObjectError, match="not gzip"):
        list(numbered_lines(body))


@pytest.mark.parametrize("size_bytes", [MAX_LINE_BYTES, MAX_LINE_BYTES + 1, 9_000_000])
def test_long_line_is_cut_and_its_neighbours_are_whole(size_bytes: int) -> None:
    first, long, last = numbered_lines(gzip.compress(b"a\n" + b"x" * size_bytes + b"\nb"))
    assert (first, last) == ((1, b"a", 1), (3, b"b", 1))
    assert (long[0], long[2]) == (2, size_bytes)
    assert len(long[1]) == (size_bytes if size_bytes <= MAX_LINE_BYTES else KEPT_BYTES)


@pytest.mark.parametrize(
    ("limit", "value", "text"),
    [
        ("MAX_LINES", 3, b"a\n" * 4),
        ("MAX_KEPT_BYTES", 99, b"a" * 100),
        ("MAX_INFLATED_BYTES", 99, b"\n" * 100),
    ],
)
def test_object_above_a_limit_is_too_large(
    monkeypatch: pytest.MonkeyPatch, limit: str, value: int, text: bytes
) -> None:
    monkeypatch.setattr(raw_lines, limit, value)
    with pytest.raises(TooLargeObjectError, match=f"than {value} "):
        list(numbered_lines(gzip.compress(text)))
