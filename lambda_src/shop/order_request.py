"""What may be asked of orders, each for the person whom the API's authorizer let in. Pure.

Who asks is the claim `sub` of a token that was checked before the function was called; nothing else in a
request can name a person.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from contract.problem import ProblemError
from contract.request_body import body_of
from msgspec import Meta, Struct

from shop.paging import Query, after_of, limit_of, require_known, shown

MOST_LINES = 100
MOST_OF_A_LINE = 999
MOST_BODY_BYTES = 65_536
MOST_ORDERS = 25
USUAL_ORDERS = 10

_ORDER_ID_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")  # the database's own, oltp/migrations
_KEY_FORM = re.compile(r"[!-~]{1,64}")


class Line(Struct, frozen=True, forbid_unknown_fields=True):
    """So many of one product; what it costs is not for the client to say."""

    product_id: Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    quantity: Annotated[int, Meta(ge=1, le=MOST_OF_A_LINE)]


class NewOrder(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `POST /v1/orders`."""

    items: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=MOST_LINES)]


@dataclass(frozen=True)
class PlaceOrder:
    """Order this for a customer; the same key is the same order, however often it is sent."""

    customer_id: str
    idempotency_key: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class ListOrders:
    """One page of a customer's orders: at most `limit`, older than the one with the id `after`."""

    customer_id: str
    limit: int
    after: str = ""  # "" at the start


@dataclass(frozen=True)
class GetOrder:
    """One of a customer's orders."""

    customer_id: str
    order_id: str


def place_order(event: dict[str, Any]) -> PlaceOrder:
    """Return the order that is to be placed."""
    customer_id, key = _customer_of(event), _key_of(event)
    body = body_of(event, ("application/json",), MOST_BODY_BYTES)
    try:
        return PlaceOrder(customer_id, key, msgspec.json.decode(body, type=NewOrder).items)
    except ValueError as error:  # msgspec's DecodeError and ValidationError, and invalid UTF-8
        raise ProblemError(400, "bad-order", "The order is not as it must be", _said(error)) from None


def list_orders(event: dict[str, Any]) -> ListOrders:
    """Return which page of whose orders."""
    query: Query = event.get("queryStringParameters") or {}
    require_known(query, ("limit", "cursor"))
    return ListOrders(_customer_of(event), limit_of(query, USUAL_ORDERS, MOST_ORDERS), after_of(query))


def get_order(event: dict[str, Any]) -> GetOrder:
    """Return which of whose orders."""
    customer_id, order_id = _customer_of(event), event["pathParameters"]["order_id"]
    if not _ORDER_ID_FORM.fullmatch(order_id):
        raise no_such_order()
    return GetOrder(customer_id, order_id)


def no_such_order() -> ProblemError:
    """Return the one answer to an id that none of the person's orders has, whoever's it may be."""
    return ProblemError(404, "no-such-order", "There is no such order", "GET /v1/orders lists yours.")


def _customer_of(event: dict[str, Any]) -> str:
    authorizer = event.get("requestContext", {}).get("authorizer", {})
    customer_id: str = authorizer.get("jwt", {}).get("claims", {}).get("sub", "")
    if not customer_id:  # a route without its authorizer shows nobody's orders
        detail = "Send the access token of the sign-in as `authorization: Bearer …`."
        raise ProblemError(401, "not-signed-in", "Orders are for those who signed in", detail)
    return customer_id


def _key_of(event: dict[str, Any]) -> str:
    key: str = (event.get("headers") or {}).get("idempotency-key", "")
    if not _KEY_FORM.fullmatch(key):
        raise ProblemError(
            400,
            "bad-idempotency-key",
            "The header `Idempotency-Key` is missing, or not as it must be",
            "It must be 1 to 64 printable characters without spaces, such as a UUID that is made once for an"
            f" order and sent with every try, and is {shown(key)}.",
        )
    return key


def _said(error: ValueError) -> str:
    """Return what is wrong, in ASCII on one line: names of unknown fields are the client's own words."""
    return ascii(str(error)[:300])[1:-1]
