"""Whether the shop's books and the stream of events say the same of an order. Pure.

Amounts are exact, and compared as the shop charges them: to the hundredth. Browsers add prices up in binary,
which makes 59.699999999999996 of 59.70.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

_HALF_A_HUNDREDTH = Decimal("0.005")
# The share of missing orders is one of so many at least: one order of two says little.
LEAST_ORDERS = 20


class Verdict(StrEnum):
    """What became of the comparison; an order has the first that holds, `EQUAL` when none does."""

    MISSING_IN_STREAM = "missing in stream"
    MISSING_IN_SHOP = "missing in shop"
    CURRENCY_DIFFERS = "currency differs"
    AMOUNT_DIFFERS = "amount differs"
    REFUND_DIFFERS = "refund differs"
    EQUAL = "equal"


@dataclass(frozen=True)
class ShopOrder:
    """An order as the shop's books have it."""

    order_id: str
    placed_at: datetime
    status: str
    currency: str
    value: Decimal
    refunded_value: Decimal

    @property
    def taken_back(self) -> Decimal:
        """What the shop does not keep of the value: all of a cancelled order."""
        return self.value if self.status == "cancelled" else self.refunded_value


@dataclass(frozen=True)
class StreamOrder:
    """An order as the events have it, a row of fact_orders."""

    order_id: str
    event_at: datetime
    currency: str | None
    value: Decimal | None
    refunded_value: Decimal


@dataclass(frozen=True)
class Pair:
    """One order as both sides have it; at least one of them knows it."""

    shop: ShopOrder | None
    stream: StreamOrder | None

    @property
    def ordered_at(self) -> datetime:
        """The books' time, else the event's."""
        if self.shop:
            return self.shop.placed_at.astimezone(UTC)
        if self.stream:
            return self.stream.event_at.astimezone(UTC)
        raise ValueError("one side at least must know the order")

    @property
    def verdict(self) -> Verdict:
        """What the comparison says."""
        shop, stream = self.shop, self.stream
        if shop is None:
            return Verdict.MISSING_IN_SHOP
        if stream is None:
            # what was cancelled before any event came counts for nothing on either side
            return Verdict.EQUAL if shop.status == "cancelled" else Verdict.MISSING_IN_STREAM
        if shop.currency != stream.currency:
            return Verdict.CURRENCY_DIFFERS
        if stream.value is None or not _is_alike(shop.value, stream.value):
            return Verdict.AMOUNT_DIFFERS
        if not _is_alike(shop.taken_back, stream.refunded_value):
            return Verdict.REFUND_DIFFERS
        return Verdict.EQUAL


def _is_alike(books: Decimal, stream: Decimal) -> bool:
    """Return whether both are the same to the hundredth; whatever size of number a browser sent."""
    return abs(books - stream) < _HALF_A_HUNDREDTH


@dataclass(frozen=True)
class Span:
    """The times from `start` on and before `end`."""

    start: datetime
    end: datetime

    def __contains__(self, at: datetime) -> bool:
        """Return whether the time lies in the span."""
        return self.start <= at < self.end


def days_between(first: date, last: date, until: datetime) -> list[Span]:
    """Return the UTC days from first to last, the newest first, none of them reaching beyond `until`."""
    spans = []
    for offset in range((last - first).days + 1):
        start = datetime.combine(last - timedelta(days=offset), datetime.min.time(), UTC)
        end = min(start + timedelta(days=1), until)
        spans += [Span(start, end)] if start < end else []
    return spans


def pairs_of(shop: Mapping[str, ShopOrder], stream: Mapping[str, StreamOrder], span: Span) -> list[Pair]:
    """Return the orders of the span, by order_id; both sides may hold orders of other times, which are left.

    Whoever knows an order of the span on one side must have looked it up on the other, whatever its time.
    """
    pairs = (Pair(shop.get(order_id), stream.get(order_id)) for order_id in sorted({*shop, *stream}))
    return [pair for pair in pairs if pair.ordered_at in span]


@dataclass
class Tally:
    """Orders counted by verdict."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)

    def add(self, pairs: Iterable[Pair]) -> None:
        """Count these, too."""
        self.verdicts.update(pair.verdict for pair in pairs)

    @property
    def orders_count(self) -> int:
        """All that were compared."""
        return self.verdicts.total()

    @property
    def differing_count(self) -> int:
        """Those that both sides know, and not alike."""
        kinds = (Verdict.CURRENCY_DIFFERS, Verdict.AMOUNT_DIFFERS, Verdict.REFUND_DIFFERS)
        return sum(self.verdicts[kind] for kind in kinds)

    @property
    def missing_percent(self) -> float:
        """The share of the books' orders that the stream lacks, of `LEAST_ORDERS` at least."""
        in_books = self.orders_count - self.verdicts[Verdict.MISSING_IN_SHOP]
        return 100 * self.verdicts[Verdict.MISSING_IN_STREAM] / max(in_books, LEAST_ORDERS)
