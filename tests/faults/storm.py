"""Raw objects of a stormy night: late, repeated, reordered, broken, by bots, bought and refunded events."""

import gzip
from datetime import datetime
from random import Random
from typing import Any

from tests.etl.events import event, minutes, raw_object, signed_in_object

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
_NAMES = ("page_view", "page_view", "view_item", "add_to_cart", "purchase", "refund", "search", "quiz_done")
# Where the hours of receipt cross midnight.
_FIRST_MINUTE = 12 * 60


def storm(seed: int, hours: int, objects_per_hour: int, events_per_object: int) -> list[tuple[str, bytes]]:
    """Return raw objects of so many receive hours from 22:00 on, and three that hold poison."""
    chance = Random(seed)
    distinct = hours * objects_per_hour * events_per_object * 3 // 4
    objects = []
    for number in range(hours * objects_per_hour):
        batch = f"storm {seed}/{number}"
        received_at = minutes(_FIRST_MINUTE + 60 * (number % hours) + chance.uniform(0, 59))
        events = [_event(chance.randrange(distinct), hours, chance) for _ in range(events_per_object)]
        if number % 5 == 0:
            objects.append(signed_in_object(f"user{number % 3}", events, received_at, batch=batch))
        else:
            agent = GOOGLEBOT if number % 7 == 0 else None
            objects.append(raw_object(events, received_at, batch=batch, user_agent=agent))
    return [*objects, *poison(minutes(_FIRST_MINUTE + 30), objects[0][1])]


def poison(received_at: datetime, good: bytes) -> list[tuple[str, bytes]]:
    """Return objects that can't be read, or not wholly."""
    folder = f"events/dt={received_at:%Y-%m-%d}/hr={received_at:%H}/"
    bodies = {
        "no-gzip": b"this is no gzip",
        "truncated": good[: len(good) // 2],
        "no-json": gzip.compress(b"<a>\n\n[]\n"),
    }
    return [(f"{folder}{name}.json.gz", body) for name, body in bodies.items()]


def _event(number: int, hours: int, chance: Random) -> dict[str, Any]:
    """Return event `number`, which is the same in whatever batch it comes, unless this copy is broken."""
    fixed = Random(number)
    # most are from the night itself, some are days late
    at = minutes(_FIRST_MINUTE + fixed.choice((0, 0, 0, -3000)) + fixed.uniform(-60, 60 * hours))
    name = fixed.choice(_NAMES)
    order = {"transaction_id": f"t{number % 37}", "value": number % 90, "currency": "EUR"}
    made = event(
        f"storm {number}",
        at,
        visitor=f"v{number % 60}",
        event_name=name,
        params=order if name in {"purchase", "refund"} else {"search_term": f"shoe {number % 9}"},
        items=[{"item_id": f"sku-{number % 11}", "price": 1.5, "quantity": 1}] if number % 3 == 0 else [],
        page={"url": f"https://shop.example/p/{number % 13}?utm_source=mail&utm_medium=email"},
    )
    return made if chance.random() > 0.02 else {**made, "event_time": "broken"}
