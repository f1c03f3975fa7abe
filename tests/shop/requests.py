"""Requests as API Gateway hands them to the shop's function, of somebody who signed in."""

import json
from typing import Any

from shop.request import ORDER_ROUTE, ORDERS_ROUTE, PLACE_ROUTE

Event = dict[str, Any]


def placing(body: object, customer: str | None = "c-1", key: str | None = "k-1") -> Event:
    """Return the request that orders; a body that is text is sent as it is, all else as JSON."""
    return {
        **_of(PLACE_ROUTE, customer),
        "headers": {
            "content-type": "application/json",
            **({"idempotency-key": key} if key is not None else {}),
        },
        "body": body if isinstance(body, str) else json.dumps(body),
    }


def items(*lines: tuple[str, int]) -> Event:
    """Return the body of an order."""
    return {"items": [{"product_id": product_id, "quantity": quantity} for product_id, quantity in lines]}


def listing_orders(customer: str | None = "c-1", **query: str) -> Event:
    """Return the request for a page of orders."""
    return {**_of(ORDERS_ROUTE, customer), **({"queryStringParameters": query} if query else {})}


def one_order(order_id: str, customer: str | None = "c-1") -> Event:
    """Return the request for one order."""
    return {**_of(ORDER_ROUTE, customer), "pathParameters": {"order_id": order_id}}


def _of(route: str, customer: str | None) -> Event:
    context: Event = {"http": {"sourceIp": "192.0.2.1"}}
    if customer is not None:
        context["authorizer"] = {"jwt": {"claims": {"sub": customer}, "scopes": None}}
    return {"version": "2.0", "routeKey": route, "requestContext": context}
