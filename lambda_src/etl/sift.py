"""Finds the rows that a step refuses, by halves, so that one row never holds up the others. Pure."""

from collections.abc import Callable
from dataclasses import dataclass

import psycopg

# About 80 refused rows among 200,000 are found one by one; what is refused beyond goes in larger parts.
MAX_ATTEMPTS = 2_000
# When not one of more rows than this is taken, the fault is not in the rows.
_MANY = 100

# data exception, integrity constraint violation, program limit exceeded (PostgreSQL manual, appendix A)
_DATA_CLASSES = ("22", "23", "54")
# What Python raises about a value; psycopg's and obstore's errors are none of these.
_VALUE_ERRORS = (ValueError, TypeError, ArithmeticError, RecursionError, LookupError)


@dataclass(frozen=True)
class Refusal:
    """Rows `start` to `stop` (not included) were refused together: one, unless time or attempts ran out."""

    start: int
    stop: int
    error: Exception

    @property
    def detail(self) -> str:
        """What the warehouse said, and if other rows were refused along with the bad one."""
        text = f"{state}: " if (state := getattr(self.error, "sqlstate", None)) else ""
        text += f"{type(self.error).__name__}: {str(self.error).strip()}"
        together = self.stop - self.start
        return text if together == 1 else f"one of {together} lines refused together: {text}"


def is_caused_by_data(error: Exception) -> bool:
    """Return whether what the rows hold caused the error, rather than a connection, a lock or the clock."""
    if isinstance(error, psycopg.Error):
        # psycopg refuses some values itself, such as a NUL: an error without an SQLSTATE
        return (error.sqlstate or "")[:2] in _DATA_CLASSES or (
            error.sqlstate is None and isinstance(error, psycopg.DataError)
        )
    return isinstance(error, _VALUE_ERRORS)


def sift(
    rows_count: int,
    attempt: Callable[[int, int], None],
    has_time: Callable[[], bool],
    is_refusal: Callable[[Exception], bool] = is_caused_by_data,
) -> list[Refusal]:
    """Return the rows that `attempt(start, stop)` refuses; it was called for all others, in their order.

    All rows together are known to be refused. An error that the data did not cause is raised, as is one
    that comes with every row of many.
    """
    refusals: list[Refusal] = []
    waiting = _halves(0, rows_count) if rows_count > 1 else [(0, rows_count)]
    attempts = 0
    while waiting:
        start, stop = waiting.pop()
        attempts += 1
        error = _error_of(attempt, start, stop)
        if error is not None and not is_refusal(error):
            raise error
        if error is None:
            continue
        if stop - start > 1 and attempts < MAX_ATTEMPTS and has_time():
            waiting += _halves(start, stop)
        else:
            refusals.append(Refusal(start, stop, error))
    if rows_count > _MANY and sum(found.stop - found.start for found in refusals) == rows_count:
        raise refusals[0].error
    return refusals


def _halves(start: int, stop: int) -> list[tuple[int, int]]:
    """Return both halves, the one to begin with last."""
    middle = (start + stop) // 2
    return [(middle, stop), (start, middle)]


def _error_of(attempt: Callable[[int, int], None], start: int, stop: int) -> Exception | None:
    try:
        attempt(start, stop)
    except Exception as error:  # the caller looks at each
        return error
    return None
