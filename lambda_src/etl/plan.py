"""Which receive hours a run works on, and in which batches. Pure.

The unit is the receive hour: its processed file is a function of all raw objects of the hour, never of how
the runs fell, so that the same raw always gives the same file.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from etl.portions import portions

# About 200,000 events of 850 bytes.
MAX_BATCH_BYTES = 16 * 1024 * 1024
# A transaction's: about a million events. The marts of their days are made once for all of them.
MAX_GROUP_BYTES = 6 * MAX_BATCH_BYTES

# a folder's own object, as S3's console makes them, is listed without its slash
_DATE_IN_KEY = re.compile(r"^events/dt=(\d{4}-\d{2}-\d{2})(?:/|$)")
_HOUR_IN_KEY = re.compile(r"^events/dt=(\d{4}-\d{2}-\d{2})/hr=([01]\d|2[0-3])/[^/]+$")


@dataclass(frozen=True)
class RawObject:
    """A raw object as the listing shows it."""

    key: str
    size_bytes: int

    @property
    def object_id(self) -> int:
        """The ledger's id: 63 bits of the key's SHA-256, the same in every rebuild."""
        return int.from_bytes(hashlib.sha256(self.key.encode()).digest()[:8], "big") >> 1

    @property
    def is_in_place(self) -> bool:
        """The key is one that ingest or the importer could have written."""
        return _HOUR_IN_KEY.search(self.key) is not None

    @property
    def received_hour(self) -> datetime:
        """The receive hour that the key names, in UTC; of a misplaced object its day's first hour."""
        found = _HOUR_IN_KEY.search(self.key)
        if found:
            return datetime.fromisoformat(f"{found[1]}T{found[2]}:00").replace(tzinfo=UTC)
        day = _DATE_IN_KEY.search(self.key)
        if day is None:
            raise ValueError(f"raw key {self.key!r} must begin with events/dt=YYYY-MM-DD/")
        return datetime.fromisoformat(day[1]).replace(tzinfo=UTC)


@dataclass(frozen=True)
class Hour:
    """A receive hour with at least one object that is not loaded yet."""

    received_hour: datetime
    objects: tuple[RawObject, ...]
    new_object_ids: frozenset[int]

    @property
    def size_bytes(self) -> int:
        """The compressed size of all objects of the hour."""
        return sum(found.size_bytes for found in self.objects)


@dataclass(frozen=True)
class Window:
    """The receive dates that a run looks at, both ends included."""

    first_date: date
    last_date: date

    def dates(self) -> Iterator[date]:
        """Yield every date of the window, oldest first."""
        for offset in range((self.last_date - self.first_date).days + 1):
            yield self.first_date + timedelta(days=offset)


def window_of(
    request: dict[str, str],
    today: date,
    lookback_days: int,
    loaded_until: date | None,
    reload_from: date | None = None,
) -> Window:
    """Return what to look at: the dates asked for, else the last days, wider after an outage.

    `request` may hold `from_date` and `to_date` (YYYY-MM-DD). All that was received before `loaded_until` is
    loaded; objects received from `reload_from` on are to be loaded once more.
    """
    default_first = today - timedelta(days=lookback_days)
    if loaded_until is not None:
        default_first = min(default_first, loaded_until - timedelta(days=1))
    if reload_from is not None:
        default_first = min(default_first, reload_from)
    first_date = date.fromisoformat(request["from_date"]) if "from_date" in request else default_first
    last_date = date.fromisoformat(request["to_date"]) if "to_date" in request else today
    if first_date > last_date:
        raise ValueError(f"from_date {first_date} must not be after to_date {last_date}")
    return Window(first_date, last_date)


def hours_to_load(listed: Iterable[RawObject], loaded_ids: set[int]) -> list[Hour]:
    """Return the hours with something new, oldest first, each with all of its objects in key order."""
    by_hour: dict[datetime, list[RawObject]] = defaultdict(list)
    for found in listed:
        by_hour[found.received_hour].append(found)
    hours = []
    for received_hour, objects in sorted(by_hour.items()):
        new_ids = frozenset(found.object_id for found in objects) - loaded_ids
        if new_ids:
            ordered = tuple(sorted(objects, key=lambda found: found.key))
            hours.append(Hour(received_hour, ordered, new_ids))
    return hours


def batches(hours: Iterable[Hour], max_bytes: int = MAX_BATCH_BYTES) -> Iterator[list[Hour]]:
    """Yield runs of hours that are read and cleaned together; a larger hour stands alone."""
    return portions(hours, lambda hour: hour.size_bytes, max_bytes)


def groups(
    hours: Iterable[Hour], max_bytes: int = MAX_GROUP_BYTES, max_batch_bytes: int = MAX_BATCH_BYTES
) -> Iterator[list[list[Hour]]]:
    """Yield runs of batches that one transaction loads; a larger batch stands alone."""

    def size_bytes(batch: list[Hour]) -> int:
        return sum(hour.size_bytes for hour in batch)

    return portions(batches(hours, max_batch_bytes), size_bytes, max_bytes)
