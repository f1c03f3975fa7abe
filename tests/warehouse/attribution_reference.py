"""Which visits an order is credited to, worked out order by order.

Written from the words of docs/attribution.md, without the warehouse's code.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

LOOKBACK = timedelta(days=30)
MODELS = ("first", "last", "last non-direct", "linear", "position-based")


@dataclass(frozen=True)
class Visit:
    """A session, as far as attribution looks at it."""

    session_id: str
    visitor_id: str
    person_id: str | None
    started_at: datetime
    ended_at: datetime
    source: str
    is_bot: bool = False

    @property
    def who(self) -> tuple[bool, str]:
        """The person, or the browser as long as nobody is known."""
        return (self.person_id is not None, self.person_id or self.visitor_id)


@dataclass(frozen=True)
class Order:
    """An order with its net revenue."""

    visitor_id: str
    event_at: datetime
    net_revenue: Decimal


def weights(model: str, touches: list[Visit]) -> list[Fraction]:
    """Each visit's part of an order; together they are 1."""
    count = len(touches)
    if model == "linear":
        return [Fraction(1, count)] * count
    if model == "position-based":
        if count <= 2:
            return [Fraction(1, count)] * count
        return [Fraction(2, 5), *[Fraction(1, 5) / (count - 2)] * (count - 2), Fraction(2, 5)]
    named = [place for place, touch in enumerate(touches) if touch.source != "(direct)"]
    chosen = {"first": 0, "last": count - 1, "last non-direct": (named or [count - 1])[-1]}[model]
    return [Fraction(int(place == chosen)) for place in range(count)]


def divided(amount: Decimal, parts: list[Fraction]) -> list[Decimal]:
    """The amount's parts, cut to six decimals; the last that has a part has the rest, too."""
    cut = [
        (amount * part.numerator / part.denominator).quantize(Decimal("0.000001"), ROUND_DOWN)
        for part in parts
    ]
    last = max(place for place, part in enumerate(parts) if part)
    cut[last] += amount - sum(cut)
    return cut


def credits(
    visits: Iterable[Visit], orders: Iterable[Order]
) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    """Return {(model, source): (orders, net revenue)} of all orders."""
    known = sorted(visits, key=lambda visit: (visit.started_at, visit.session_id))
    found: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for order in orders:
        own = next(
            visit
            for visit in known
            if visit.visitor_id == order.visitor_id and visit.started_at <= order.event_at <= visit.ended_at
        )
        touches = [
            visit
            for visit in known
            if visit.who == own.who
            and visit.is_bot == own.is_bot
            and order.event_at - LOOKBACK <= visit.started_at <= order.event_at
        ]
        for model in MODELS:
            parts = weights(model, touches)
            both = zip(
                touches, parts, divided(Decimal(1), parts), divided(order.net_revenue, parts), strict=True
            )
            for touch, part, of_order, of_revenue in both:
                if part:
                    found[model, touch.source][0] += of_order
                    found[model, touch.source][1] += of_revenue
    return {key: (sums[0], sums[1]) for key, sums in found.items()}
