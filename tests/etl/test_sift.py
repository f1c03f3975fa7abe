"""Sifting: exactly the bad rows are refused, all others are taken once and in order, in few attempts."""

from collections.abc import Callable
from math import log2

import psycopg
import pytest
from etl import sift as sift_module
from etl.errors import TransientError
from etl.sift import is_caused_by_data, sift
from hypothesis import given
from hypothesis import strategies as st


class Sink:
    """Takes rows in parts, all of a part or nothing; refuses the bad ones."""

    def __init__(self, bad: set[int], error: Callable[[], Exception]) -> None:
        self.bad, self.error = bad, error
        self.taken: list[int] = []
        self.attempts_count = 0

    def attempt(self, start: int, stop: int) -> None:
        self.attempts_count += 1
        if self.bad & set(range(start, stop)):
            raise self.error()
        self.taken += range(start, stop)


def refused(message: str = "no") -> Exception:
    return psycopg.errors.NumericValueOutOfRange(message)


@given(st.integers(1, 100), st.sets(st.integers(0, 99)))
def test_exactly_the_bad_rows_are_refused(rows_count: int, bad: set[int]) -> None:
    sink = Sink({row for row in bad if row < rows_count}, refused)
    refusals = sift(rows_count, sink.attempt, lambda: True)
    assert [(found.start, found.stop) for found in refusals] == [(row, row + 1) for row in sorted(sink.bad)]
    assert sink.taken == [row for row in range(rows_count) if row not in sink.bad]


def test_one_bad_row_is_found_in_a_few_attempts() -> None:
    sink = Sink({123_456}, refused)
    sift(200_000, sink.attempt, lambda: True)
    assert sink.attempts_count <= 2 * log2(200_000) + 1


@given(st.sets(st.integers(0, 999), min_size=1, max_size=2))
def test_without_time_no_row_is_lost_and_few_attempts_are_made(bad: set[int]) -> None:
    sink = Sink(bad, refused)
    answers = iter([True] * 5)
    refusals = sift(1000, sink.attempt, lambda: next(answers, False))
    left = {row for found in refusals for row in range(found.start, found.stop)}
    assert left | set(sink.taken) == set(range(1000))
    assert not left & set(sink.taken)
    assert bad <= left
    assert sink.attempts_count <= 12


def test_lines_refused_together_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sift_module, "MAX_ATTEMPTS", 1)
    (found,) = sift(100, Sink({7}, refused).attempt, lambda: True)
    assert found.detail == "one of 50 lines refused together: 22003: NumericValueOutOfRange: no"


def test_fault_that_comes_with_every_row_is_no_row_s_fault() -> None:
    with pytest.raises(psycopg.errors.NumericValueOutOfRange):
        sift(101, Sink(set(range(101)), refused).attempt, lambda: True)


def test_fault_that_no_row_causes_is_raised_at_once() -> None:
    sink = Sink({50}, lambda: psycopg.errors.LockNotAvailable("wait"))
    with pytest.raises(psycopg.errors.LockNotAvailable):
        sift(101, sink.attempt, lambda: True)


@pytest.mark.parametrize(
    ("error", "is_data"),
    [
        (psycopg.errors.InvalidTextRepresentation(), True),
        (psycopg.errors.NotNullViolation(), True),
        (psycopg.errors.ProgramLimitExceeded(), True),
        (psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes"), True),
        (OverflowError(), True),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), True),
        (psycopg.errors.DeadlockDetected(), False),
        (psycopg.errors.QueryCanceled(), False),
        (psycopg.errors.DiskFull(), False),
        (psycopg.errors.UndefinedColumn(), False),
        (psycopg.OperationalError("server closed the connection unexpectedly"), False),
        (TransientError(), False),
        (MemoryError(), False),
        (OSError(), False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_errors_of_the_data_are_told_from_those_of_the_world(error: Exception, is_data: bool) -> None:
    assert is_caused_by_data(error) is is_data
