"""Measure how long the shop's function takes to answer, in this process, and to be imported; no test looks
at times.

    python -m tests.bench.shop_handler [--products 10000] [--requests 2000]

The database is a private one, on this machine, with so many products of four words each. Each request is one
API Gateway event in, one answer out: everything but the network to the function.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

import psycopg
from migrate_database import MIGRATIONS, migrate, migrations_in
from shop.answering import Clocked, answer_to
from shop.database import Database
from shop.request import PRODUCTS_ROUTE

from local_stack.state import OLTP
from local_stack.testing import private_stack
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


def milliseconds(database: Database, events: Iterator[Event], count: int) -> list[float]:
    """Return how long each of so many requests took, after a few to warm up."""
    taken = []
    for event in itertools.islice(events, count + 20):
        started = time.perf_counter()
        answer = answer_to(event, Clocked(database), "r-1")
        taken.append((time.perf_counter() - started) * 1000)
        if answer["statusCode"] >= 300:
            raise SystemExit(f"must be answered well: {event} has {answer}")
    return taken[20:]


def percentiles(taken: list[float]) -> dict[str, float]:
    """Return how long half of the requests took at most, and all but one of a hundred."""
    cuts = statistics.quantiles(taken, n=100)
    return {"p50_ms": cuts[49], "p99_ms": cuts[98]}


def import_seconds() -> float:
    """Return the median of how long a new process takes to import what the function imports."""
    code = (
        "import time; at = time.perf_counter(); import obstore, shop.answering; print(time.perf_counter()-at)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
        for _ in range(9)
    ]
    return statistics.median(map(float, runs))


def measured(shop: Shop, products_count: int, requests_count: int) -> dict[str, dict[str, float]]:
    """Return the figures, by what was asked for."""
    products = catalogue(products_count)
    shop.begin_again(products)
    with shop.owner() as owner:
        owner.execute("vacuum analyze shop.products")
    database, figures = shop.database(), dict[str, dict[str, float]]()
    for name, events in kinds(products).items():
        figures[name] = percentiles(milliseconds(database, events, requests_count))
    listed_orders = json.loads(answer_to(listing_orders("c-1"), Clocked(database), "r-1")["body"])["orders"]
    events = itertools.repeat(one_order(listed_orders[0]["order_id"], "c-1"))
    figures["one order"] = percentiles(milliseconds(database, events, requests_count))
    return figures


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--products", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=2000)
    asked = parser.parse_args()
    with private_stack(("oltp",)) as running:
        with psycopg.connect(running.dsn("owner", OLTP), autocommit=True) as connection:
            migrate(connection, migrations_in(MIGRATIONS["oltp"]))
        figures = measured(Shop(running), asked.products, asked.requests)
    for name, found in figures.items():
        sys.stdout.write(f"{name:<22} p50 {found['p50_ms']:>7.2f} ms   p99 {found['p99_ms']:>7.2f} ms\n")
    sys.stdout.write(f"{'import':<22} {import_seconds() * 1000:.0f} ms\n")


if __name__ == "__main__":
    main()
