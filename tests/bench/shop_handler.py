"""How long `shop` takes to answer, in this process, with a database of its own on this machine.

Its products have four words each. Each request is one API Gateway event in, one answer out: everything but
the network to the function.
"""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator

from shop.answering import Clocked, answer_to
from shop.request import PRODUCTS_ROUTE

from tests.bench.handler_times import milliseconds, percentiles
from tests.shop.requests import Event, items, listing_orders, one_order, placing
from tests.shop_database.shop import Product, Shop

SYLLABLES = ("ba", "che", "dor", "fil", "gu", "han", "ki", "lo", "mer", "nu", "pa", "ro", "sti", "ta", "vel")
CUSTOMERS = 50


def catalogue(count: int) -> list[Product]:
    """Return products of invented words; the same for the same count."""
    chance = random.Random(36)
    words = ["".join(chance.choices(SYLLABLES, k=3)).title() for _ in range(1500)]
    return [
        (
            f"p-{number:05}",
            " ".join(chance.choices(words, k=3)),
            chance.choice(words[:40]),
            chance.choice(words[:12]),
            f"{chance.randrange(100, 20_000) / 100:.2f}",
            "EUR",
            True,
        )
        for number in range(count)
    ]


def listed(**query: str) -> Event:
    """Return the request for a page of products."""
    return {"routeKey": PRODUCTS_ROUTE, "queryStringParameters": query}


def kinds(products: list[Product]) -> dict[str, Iterator[Event]]:
    """Return requests without end, by what they ask for."""
    chance = random.Random(6)
    some = [chance.choice(products) for _ in range(500)]
    return {
        "products": itertools.repeat(listed()),
        "search, a rare word": (listed(q=one[1].split()[0].lower()) for one in itertools.cycle(some)),
        "search, two words": (listed(q=f"{one[1].split()[1]} {one[2]}") for one in itertools.cycle(some)),
        "search, a category": (listed(q=one[3]) for one in itertools.cycle(some)),
        "search, one letter": (listed(q=one[1][0]) for one in itertools.cycle(some)),
        "place an order of 3": (
            placing(
                items(*((one[0], 1) for one in chance.sample(some, 3))),
                f"c-{number % CUSTOMERS}",
                f"k-{number}",
            )
            for number in itertools.count()
        ),
        "my orders": (listing_orders(f"c-{number % CUSTOMERS}") for number in itertools.count()),
    }


def measured(shop: Shop, products_count: int, requests_count: int) -> dict[str, dict[str, float]]:
    """Return the figures, by what was asked for."""
    products = catalogue(products_count)
    shop.begin_again(products)
    with shop.owner() as owner:
        owner.execute("vacuum analyze shop.products")
    database = shop.database()

    def answer(event: Event) -> Event:
        return answer_to(event, Clocked(database), "r-1")

    figures = {
        name: percentiles(milliseconds(answer, events, requests_count))
        for name, events in kinds(products).items()
    }
    order_id = json.loads(answer(listing_orders("c-1"))["body"])["orders"][0]["order_id"]
    events = itertools.repeat(one_order(order_id, "c-1"))
    return {**figures, "one order": percentiles(milliseconds(answer, events, requests_count))}
