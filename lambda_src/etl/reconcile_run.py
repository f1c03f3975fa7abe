"""One reconciliation: the shop's books and the stream's orders, day by day, the newest day first.

Each day is one transaction of the warehouse: its rows of `reconciled_orders` and of the marts over it are
those of this comparison, whatever was there. The hourly run is not kept waiting: this neither takes its lock
nor writes what it writes.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from etl import marts
from etl.database import Connection
from etl.errors import TransientError
from etl.reconcile import Pair, Span, StreamOrder, Tally, days_between, pairs_of
from etl.shop_orders import has_orders, orders_numbered, orders_placed
from etl.touched import Touched

# A purchase event may come that much later than its order, and what is loaded reaches to complete_to: an
# order that was placed since is none that is missing.
SETTLING = timedelta(hours=1)
NEWEST = timedelta(days=1)
# A day is begun only with this much of the function's time left.
MIN_REMAINING_SECONDS = 120
# Any number will do, as long as it is always this one: two comparisons at once would write the same rows.
_LOCK = 740_031_108
_COLUMNS = (
    "order_id, order_date, verdict, placed_at, shop_status, shop_currency, shop_value, shop_refunded_value,"
    " event_at, stream_currency, stream_value, stream_refunded_value"
)
_STREAM = """
select order_id, event_at, currency, value, refunded_value
from warehouse.fact_orders
where (event_at >= %(start)s and event_at < %(end)s) or order_id = any(%(ids)s)
"""


@dataclass
class Reconciliation:
    """What a reconciliation found; why it compared nothing, if so."""

    reason: str = ""
    days_count: int = 0
    # the oldest ones, which the time left did not suffice for
    days_left_count: int = 0
    all: Tally = field(default_factory=Tally)
    # of the newest 24 hours; None if other dates were asked for
    newest: Tally | None = None


def reconcile(
    warehouse: Connection,
    shop: Connection,
    request: dict[str, str],
    days: int,
    remaining_seconds: Callable[[], float],
) -> Reconciliation:
    """Compare the orders of the dates asked for, else of the last `days`; return what was found.

    `request` may hold `from_date` and `to_date` (YYYY-MM-DD). Raises `TransientError` if the shop's database
    gives no answer; days that were compared until then stay.
    """
    _take_lock(warehouse)
    is_newest = not {"from_date", "to_date"} & request.keys()
    found = Reconciliation(newest=Tally() if is_newest else None)
    complete_to = _complete_to(warehouse)
    if complete_to is None:
        found.reason = "no run of the ETL has loaded everything yet"
    elif not has_orders(shop) and not _has_compared(warehouse):
        # a shop that keeps its orders elsewhere; books that lost their orders are another matter
        found.reason = "the shop's database holds no orders"
    else:
        until = complete_to - SETTLING
        _reconcile_days(warehouse, shop, _days_of(request, days, until), found, remaining_seconds)
    return found


def _reconcile_days(
    warehouse: Connection,
    shop: Connection,
    spans: list[Span],
    found: Reconciliation,
    remaining_seconds: Callable[[], float],
) -> None:
    for span in spans:
        if remaining_seconds() < MIN_REMAINING_SECONDS:
            break
        pairs = _read(warehouse, shop, span)
        _write(warehouse, span, pairs)
        found.all.add(pairs)
        if found.newest is not None:
            newest_from = spans[0].end - NEWEST
            found.newest.add(pair for pair in pairs if pair.ordered_at >= newest_from)
        found.days_count += 1
    found.days_left_count = len(spans) - found.days_count


def _days_of(request: dict[str, str], days: int, until: datetime) -> list[Span]:
    last = date.fromisoformat(request["to_date"]) if "to_date" in request else until.date()
    default_first = last - timedelta(days=days - 1)
    first = date.fromisoformat(request["from_date"]) if "from_date" in request else default_first
    if first > last:
        raise ValueError(f"from_date {first} must not be after to_date {last}")
    return days_between(first, last, until)


def _read(warehouse: Connection, shop: Connection, span: Span) -> list[Pair]:
    """Return the orders of the span as both sides have them; each side is asked for what the other knows."""
    in_shop = orders_placed(shop, span)
    in_stream = _stream_orders(warehouse, span, in_shop)
    unseen = in_stream.keys() - in_shop.keys()
    return pairs_of({**in_shop, **orders_numbered(shop, unseen)}, in_stream, span)


def _stream_orders(warehouse: Connection, span: Span, order_ids: Collection[str]) -> dict[str, StreamOrder]:
    parameters = {"start": span.start, "end": span.end, "ids": list(order_ids)}
    return {row[0]: StreamOrder(*row) for row in warehouse.execute(_STREAM, parameters)}


def _write(warehouse: Connection, span: Span, pairs: list[Pair]) -> None:
    """Write the day's rows; an order that moved to this day leaves the one where it was."""
    rows = [_row(pair) for pair in pairs]
    order_date = span.start.date()
    with warehouse.transaction():
        gone = warehouse.execute(
            "delete from warehouse.reconciled_orders where order_date = %s or order_id = any(%s)"
            " returning order_date",
            [order_date, [row[0] for row in rows]],
        ).fetchall()
        statement = f"copy warehouse.reconciled_orders ({_COLUMNS}) from stdin"
        with warehouse.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            for row in rows:
                copy.write_row(row)
        marts.refresh(warehouse, Touched(order_dates={order_date, *(found for (found,) in gone)}))


def _row(pair: Pair) -> tuple[object, ...]:
    """Return `_COLUMNS` of an order."""
    shop, stream = pair.shop, pair.stream
    order_id = shop.order_id if shop else stream and stream.order_id
    of_shop = (
        (shop.placed_at, shop.status, shop.currency, shop.value, shop.taken_back) if shop else (None,) * 5
    )
    of_stream = (
        (stream.event_at, stream.currency, stream.value, stream.refunded_value) if stream else (None,) * 4
    )
    return (order_id, pair.ordered_at.date(), str(pair.verdict), *of_shop, *of_stream)


def _take_lock(warehouse: Connection) -> None:
    row = warehouse.execute("select pg_try_advisory_lock(%s)", [_LOCK]).fetchone()
    if not (row and row[0]):
        raise TransientError("another reconciliation is at work; this one has nothing to add")


def _complete_to(warehouse: Connection) -> datetime | None:
    row = warehouse.execute("select max(complete_to) from etl.runs").fetchone()
    return row[0] if row else None


def _has_compared(warehouse: Connection) -> bool:
    query = "select exists (select from warehouse.reconciled_orders where placed_at is not null)"
    row = warehouse.execute(query).fetchone()
    return bool(row and row[0])
