"""Lines, and whole objects, that are not loaded: why, and what they begin with. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from contract.raw_lines import KEPT_BYTES

_MAX_DETAIL_CHARACTERS = 500


class Reason(StrEnum):
    """Why a line, or a whole object, is not loaded."""

    # of a line
    INVALID = "invalid"  # it breaks the event contract
    TOO_LONG = "too_long"
    UNLOADABLE = "unloadable"  # it passes the contract, and the warehouse refuses it
    # of a whole object
    UNREADABLE = "unreadable"  # broken, truncated or no gzip
    TOO_LARGE = "too_large"
    MISPLACED = "misplaced"  # its key does not name an hour
    VANISHED = "vanished"  # it was listed and then not there


@dataclass(frozen=True)
class Reject:
    """A line that is not loaded, with the beginning of it; line 0 stands for the whole object."""

    object_id: int
    line_number: int
    reason: Reason
    detail: str
    line: bytes
    line_size_bytes: int


def rejected(
    place: tuple[int, int], reason: Reason, detail: str, line: bytes, line_size_bytes: int | None = None
) -> Reject:
    """Return a reject at (object_id, line number) that can be stored, whatever its detail and line hold."""
    # an error's text may quote what it complains of: PostgreSQL stores neither NUL nor half a character
    printable = detail.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
    size_bytes = len(line) if line_size_bytes is None else line_size_bytes
    return Reject(*place, reason, printable[:_MAX_DETAIL_CHARACTERS], line[:KEPT_BYTES], size_bytes)
