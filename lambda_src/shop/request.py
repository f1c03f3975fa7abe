"""From an API Gateway request to what is asked for; what cannot be asked is said in HTTP's words. Pure.

Input: the payload format 2.0 event of an HTTP API. Output: `GetHealth`, `ListProducts` or `GetProduct`.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Any

from contract.problem import ProblemError

HEALTH_ROUTE = "GET /v1/health"
PRODUCTS_ROUTE = "GET /v1/products"
PRODUCT_ROUTE = "GET /v1/products/{product_id}"

# the same form as the database's own check, oltp/migrations
PRODUCT_ID_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
MOST_PRODUCTS = 100
USUAL_PRODUCTS = 24
LONGEST_CATEGORY = 100
_LIMIT_FORM = re.compile(r"[0-9]{1,3}")
_LIST_PARAMETERS = {"limit", "cursor", "category"}


@dataclass(frozen=True)
class GetHealth:
    """Does the database answer?"""


@dataclass(frozen=True)
class ListProducts:
    """One page of the products on sale: at most `limit`, after the id `after`, of one category or all."""

    limit: int
    after: str  # "" at the start
    category: str | None


@dataclass(frozen=True)
class GetProduct:
    """One product on sale."""

    product_id: str


Question = GetHealth | ListProducts | GetProduct


def question_of(event: dict[str, Any]) -> Question:
    """Return what the request asks for, or raise `ProblemError`."""
    route, query = event["routeKey"], event.get("queryStringParameters") or {}
    if route == PRODUCTS_ROUTE:
        _require_known(query)
        return ListProducts(_limit(query), _after(query), _category(query))
    if route == PRODUCT_ROUTE:
        return GetProduct(_product_id(event["pathParameters"]["product_id"]))
    if route == HEALTH_ROUTE:
        return GetHealth()
    raise ProblemError(
        404, "no-such-route", "There is no such route", f"The function has no {_shown(route)}."
    )


def cursor_after(product_id: str) -> str:
    """Return the cursor of the page that begins after this product; opaque to clients."""
    return base64.urlsafe_b64encode(product_id.encode()).decode().rstrip("=")


def no_such_product() -> ProblemError:
    """Return the one answer to an id that no product on sale has, whatever it looks like."""
    return ProblemError(
        404, "no-such-product", "There is no such product", "GET /v1/products lists those that there are."
    )


def _require_known(query: dict[str, str]) -> None:
    # a parameter with a slip of the pen would else be ignored, and the wrong products shown
    if unknown := sorted(query.keys() - _LIST_PARAMETERS):
        known = ", ".join(sorted(_LIST_PARAMETERS))
        raise _bad_parameter(f"The parameters are {known}; the request has {_shown(unknown[0])}.")


def _limit(query: dict[str, str]) -> int:
    text = query.get("limit", str(USUAL_PRODUCTS))
    if not _LIMIT_FORM.fullmatch(text) or not 1 <= int(text) <= MOST_PRODUCTS:
        raise _bad_parameter(f"`limit` must be from 1 to {MOST_PRODUCTS}, and is {_shown(text)}.")
    return int(text)


def _after(query: dict[str, str]) -> str:
    cursor = query.get("cursor")
    if cursor is None:
        return ""
    try:
        padding = "=" * (-len(cursor) % 4)
        product_id = base64.b64decode(cursor + padding, altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        product_id = ""
    # cursors that are spelled in another way than ours are refused, too
    if not PRODUCT_ID_FORM.fullmatch(product_id) or cursor_after(product_id) != cursor:
        raise _bad_parameter("`cursor` must be the `next_cursor` of an answer; leave it out to begin again.")
    return product_id


def _category(query: dict[str, str]) -> str | None:
    category = query.get("category")
    if category is None:
        return None
    # PostgreSQL's text holds no zero byte, and UTF-8 no half of a surrogate pair
    if not 1 <= len(category) <= LONGEST_CATEGORY or not category.isprintable():
        raise _bad_parameter(
            f"`category` must be 1 to {LONGEST_CATEGORY} printable characters, and is {_shown(category)}."
        )
    return category


def _product_id(text: str) -> str:
    if not PRODUCT_ID_FORM.fullmatch(text):
        raise no_such_product()
    return text


def _bad_parameter(detail: str) -> ProblemError:
    return ProblemError(400, "bad-parameter", "A parameter is not as it must be", detail)


def _shown(text: str) -> str:
    return ascii(text[:100])
