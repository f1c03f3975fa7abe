"""Pages: how many a page may hold, and where the next one begins. Pure.

A cursor names the last entry of a page by its id, opaque to clients: a page begins after an entry, not after
a number of them.
"""

import base64
import binascii
import re
from collections.abc import Collection, Mapping

from contract.problem import ProblemError

# the same form as the database's own checks of a product's id, which fits an order's, too: oltp/migrations
ID_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_LIMIT_FORM = re.compile(r"[0-9]{1,3}")
Query = Mapping[str, str]


def cursor_after(entry_id: str) -> str:
    """Return the cursor of the page that begins after this entry."""
    return base64.urlsafe_b64encode(entry_id.encode()).decode().rstrip("=")


def after_of(query: Query) -> str:
    """Return the id after which the page begins; "" at the start."""
    cursor = query.get("cursor")
    if cursor is None:
        return ""
    try:
        padding = "=" * (-len(cursor) % 4)
        entry_id = base64.b64decode(cursor + padding, altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        entry_id = ""
    # cursors that are spelled in another way than ours are refused, too
    if not ID_FORM.fullmatch(entry_id) or cursor_after(entry_id) != cursor:
        raise bad_parameter("`cursor` must be the `next_cursor` of an answer; leave it out to begin again.")
    return entry_id


def limit_of(query: Query, usual: int, most: int) -> int:
    """Return how many entries the page may hold."""
    text = query.get("limit", str(usual))
    if not _LIMIT_FORM.fullmatch(text) or not 1 <= int(text) <= most:
        raise bad_parameter(f"`limit` must be from 1 to {most}, and is {shown(text)}.")
    return int(text)


def require_known(query: Query, parameters: Collection[str]) -> None:
    """A parameter with a slip of the pen is refused: it would else be ignored, and the wrong things shown."""
    if unknown := sorted(query.keys() - set(parameters)):
        known = (
            f"The parameters are {', '.join(sorted(parameters))}" if parameters else "There are no parameters"
        )
        raise bad_parameter(f"{known}; the request has {shown(unknown[0])}.")


def text_of(query: Query, name: str, longest: int) -> str | None:
    """Return the text of a parameter, or None when it is left out."""
    text = query.get(name)
    # PostgreSQL's text holds no zero byte, and UTF-8 no half of a surrogate pair
    if text is not None and not (1 <= len(text) <= longest and text.isprintable()):
        raise bad_parameter(f"`{name}` must be 1 to {longest} printable characters, and is {shown(text)}.")
    return text


def bad_parameter(detail: str) -> ProblemError:
    """Return the problem of a parameter that is not as it must be."""
    return ProblemError(400, "bad-parameter", "A parameter is not as it must be", detail)


def shown(text: str) -> str:
    """Return the beginning of what a client sent, in ASCII: it gets into answers and into the log."""
    return ascii(text[:100])
