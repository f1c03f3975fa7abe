"""Raw objects with the events of a busy shop, as ingest writes them: the same for the same numbers, anywhere.

    python -m tests.bench.realistic_events FOLDER --events 1000000 --events-per-object 5000 50

writes FOLDER/5000 and FOLDER/50: the same lines, in objects of either size, below events/dt=…/hr=…/.
A receipt is that of a batch as the SDK sends one, 1 to 12 events of one page; as with the importer, an object
holds many. One batch of a hundred comes twice, one visit of fifty comes hours late, two clocks of a hundred
are wrong.
"""

import argparse
import math
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import msgspec
from contract.raw_object import EVENTS_PREFIX, RawLine, Receipt, encode_lines, hour_prefix, object_name

from tests.bench import shop_traffic as shop
from tests.bench.shop_visits import Happening, happenings

FIRST_HOUR = datetime(2026, 3, 2, 8, tzinfo=UTC)
_EVENTS_PER_VISIT = 14
_LATEST_HOURS = 3
_MOST_PER_BATCH = 12


@dataclass(frozen=True)
class Stream:
    """So many events, received in so many hours from the first one on, the same number in each."""

    events_count: int
    hours_count: int = 4
    first_hour: datetime = FIRST_HOUR
    seed: int = 1

    @property
    def visits_per_hour(self) -> int:
        """Visits that begin in an hour: more than enough, whatever the dice say."""
        mean = self.events_count / self.hours_count / _EVENTS_PER_VISIT
        return math.ceil(mean * 1.05 + 8 * math.sqrt(mean) + 20)

    def events_in(self, hour_number: int) -> int:
        """The events that are received in this hour."""
        share, rest = divmod(self.events_count, self.hours_count)
        return share + (hour_number < rest)

    def hour(self, number: int) -> datetime:
        """The receive hour of this number."""
        return self.first_hour + timedelta(hours=number)


@dataclass(frozen=True)
class _Line:
    """A line with what puts it in its place among those of its hour."""

    visit_number: int
    line: RawLine


def lines_of_hour(stream: Stream, number: int) -> list[RawLine]:
    """The lines that are received in this hour, in the order of receipt."""
    first, after = stream.hour(number), stream.hour(number + 1)
    found = [
        _Line(visit_number, line)
        for hour_number in range(number, number - _LATEST_HOURS - 2, -1)
        for visit_number in _visits_that_may_end_in(stream, hour_number, number)
        for line in _lines_of_visit(stream, visit_number)
        if first <= line.receipt.received_at < after
    ]
    # there are some too many: the visits of the largest numbers, which begin at any time, fall away
    wanted = stream.events_in(number)
    if len(found) < wanted:
        raise ValueError(f"hour {number} must have {wanted} events, and the visits make only {len(found)}")
    found = sorted(found, key=lambda line: line.visit_number % stream.visits_per_hour)[:wanted]
    return [line.line for line in sorted(found, key=lambda line: line.line.receipt.received_at)]


def _visits_that_may_end_in(stream: Stream, hour_number: int, wanted: int) -> Iterator[int]:
    """The visits that begin in an hour and may be received in the wanted one."""
    numbers = range(hour_number * stream.visits_per_hour, (hour_number + 1) * stream.visits_per_hour)
    for number in numbers:
        start_ms, late_ms = _begin(Random(f"visit {stream.seed} {number}"))
        ends = (start_ms + late_ms) // 3_600_000 + hour_number
        is_near_the_end = (start_ms + late_ms) % 3_600_000 > 1_800_000
        if ends == wanted or (ends == wanted - 1 and is_near_the_end):
            yield number


def _begin(random: Random) -> tuple[int, int]:
    """When in its hour a visit begins, and how much later it is delivered than it happens."""
    start_ms = random.randrange(3_600_000)
    return start_ms, random.randrange(_LATEST_HOURS * 3_600_000) if random.random() < 0.02 else 0


def _lines_of_visit(stream: Stream, number: int) -> Iterator[RawLine]:
    random = Random(f"visit {stream.seed} {number}")
    start_ms, late_ms = _begin(random)
    hour = stream.hour(0).timestamp() * 1000 + number // stream.visits_per_hour * 3_600_000
    # two of five visits are of somebody who was here before
    pool = max(1, stream.visits_per_hour)
    visitor_number = (
        random.randrange(pool) if random.random() < 0.4 else pool + abs(number) * 2 + (number < 0)
    )
    visitor = shop.visitor(stream.seed, visitor_number)
    began_ms = int(hour) + start_ms
    batch: list[Happening] = []
    sequence = 0
    for happening in happenings(random, number):
        is_full = len(batch) >= _MOST_PER_BATCH
        if batch and (is_full or happening.page is not batch[0].page):
            yield from _lines_of_batch(random, visitor, batch, (began_ms, late_ms, sequence))
            sequence += len(batch)
            batch = []
        batch.append(happening)
    yield from _lines_of_batch(random, visitor, batch, (began_ms, late_ms, sequence))


def _lines_of_batch(
    random: Random, visitor: shop.Visitor, batch: list[Happening], place: tuple[int, int, int]
) -> Iterator[RawLine]:
    """One receipt and its events; one of a hundred comes twice, as when the answer to it is lost."""
    began_ms, late_ms, sequence = place
    sent_ms = began_ms + batch[-1].at_ms + late_ms + random.randrange(1000)
    events = [
        msgspec.Raw(_event(random, visitor, happening, began_ms, sequence + offset))
        for offset, happening in enumerate(batch)
    ]
    for repetition in range(1 + (random.random() < 0.01)):
        at_ms = sent_ms + repetition * 5000
        receipt = Receipt(
            received_at=_time(at_ms + random.randrange(30, 400)),
            sent_at=_time(at_ms + visitor.skew_ms),
            batch_id=UUID(shop.uuid_text(random)),
            source_ip=visitor.source_ip,
            user_agent=visitor.user_agent,
            country=visitor.country,
        )
        yield from (RawLine(receipt, event, visitor.user_id) for event in events)


def _event(
    random: Random, visitor: shop.Visitor, happening: Happening, began_ms: int, sequence: int
) -> bytes:
    session = f"{visitor.anonymous_id[:8]}.{began_ms // 1000}"
    body: dict[str, Any] = {
        "event_id": shop.uuid_text(random),
        "event_name": happening.name,
        "event_time": began_ms + happening.at_ms + visitor.skew_ms,
        "event_sequence": sequence,
    }
    if happening.items:
        body["items"] = happening.items
    body["params"] = {**happening.params, "session_id": session}
    body |= {"page": happening.page, "anonymous_id": visitor.anonymous_id, "device": visitor.device}
    return msgspec.json.encode(body)


def _time(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def hour_objects(lines: list[RawLine], events_per_object: int) -> Iterator[tuple[str, bytes]]:
    """(key, body) of an hour's objects."""
    for start in range(0, len(lines), events_per_object):
        part = lines[start : start + events_per_object]
        receipt = part[0].receipt
        name = object_name(receipt.batch_id, (bytes(line.event) for line in part))
        yield hour_prefix(EVENTS_PREFIX, receipt.received_at) + name, encode_lines(part)


def _write_hour(stream: Stream, number: int, folders: dict[int, Path]) -> int:
    lines = lines_of_hour(stream, number)
    for events_per_object, folder in folders.items():
        for key, body in hour_objects(lines, events_per_object):
            path = folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
    return len(lines)


def write_stream(stream: Stream, folders: dict[int, Path], processes_count: int = 2) -> int:
    """Write the stream into each folder, in objects of so many events; return how many events it has."""
    with ProcessPoolExecutor(processes_count) as pool:
        hours = [pool.submit(_write_hour, stream, number, folders) for number in range(stream.hours_count)]
        return sum(hour.result() for hour in hours)


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--hours", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events-per-object", type=int, nargs="+", default=[5000])
    given = parser.parse_args()
    folders = {size: given.folder / str(size) for size in given.events_per_object}
    written = write_stream(Stream(given.events, given.hours, seed=given.seed), folders)
    print(f"{written} events in {', '.join(map(str, folders.values()))}")


if __name__ == "__main__":
    main()
