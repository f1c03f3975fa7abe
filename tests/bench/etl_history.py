"""Measure whether an hourly run costs more with more history behind it; no test looks at times.

A day that the ETL has loaded is copied into the past until there is as much history as asked for. Then hours
of the same stream are loaded by the function's own handler, each time into the same present. `make
bench-etl-history` writes build/bench/etl_history.json; with the default sizes it takes 25 GB and an hour.
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.history_place import (
    EVENTS_PER_OBJECT,
    TODAY,
    YESTERDAY,
    Place,
    add_partitions,
    fill,
    look_after,
    place_of,
    restore_yesterday,
)
from tests.bench.realistic_events import Stream, hour_objects, lines_of_hour

ROOT = Path(__file__).resolve().parents[2]
Figures = dict[str, Any]
_STATEMENTS = """
select query, sum(calls), sum(total_plan_time + total_exec_time),
    sum(shared_blks_hit + shared_blks_read + local_blks_hit + local_blks_read + temp_blks_read)
from pg_stat_statements where userid = 'warehouse_loader'::regrole group by query
"""


def measured_hour(place: Place, number: int) -> Figures:
    """Load one hour of the stream; return what it cost, statement by statement."""
    place.pipeline.put(*hour_objects(lines_of_hour(place.stream, number), EVENTS_PER_OBJECT))
    place.superuser("select pg_stat_statements_reset();")
    server_before, own_before, started = place.server_seconds(), time.process_time(), time.monotonic()
    answer = place.pipeline.run({"from_date": str(YESTERDAY), "to_date": str(TODAY)})
    own_seconds, wall_seconds = time.process_time() - own_before, time.monotonic() - started
    while place.superuser("select from pg_stat_activity where usename = 'warehouse_loader';"):
        time.sleep(0.05)
    server_seconds = place.server_seconds() - server_before
    return {
        "events": answer["stored_count"],
        "etl_cpu_seconds": round(own_seconds, 2),
        "postgresql_cpu_seconds": round(server_seconds, 2),
        "wall_seconds": round(wall_seconds, 2),
        "statements": statements(place),
    }


def statements(place: Place) -> dict[str, Figures]:
    """Return calls, milliseconds and blocks of each statement of the run."""
    rows = place.superuser(f"{_STATEMENTS};")
    found: dict[str, Figures] = {}
    for text, calls, milliseconds, blocks in rows:
        one = found.setdefault(_name(text), {"calls": 0, "milliseconds": 0.0, "blocks": 0})
        one["calls"] += int(calls)
        one["milliseconds"] = round(one["milliseconds"] + float(milliseconds), 1)
        one["blocks"] += int(blocks)
    return found


def _name(text: str) -> str:
    words = " ".join(text.replace('"', "").split())
    if words.startswith("insert into mart."):
        return words.split(" (")[0]
    return words[:90]


def measure(place: Place, events: int, rounds: int) -> Figures:
    """Load the hours one after the other; return them and their medians."""
    restore_yesterday(place)
    look_after(place, is_all=True)
    hours = []
    for number in range(rounds):
        hours.append(measured_hour(place, number))
        look_after(place, is_all=False)
        print({name: value for name, value in hours[-1].items() if name != "statements"}, flush=True)
    with place.connect() as connection:
        partitions = connection.execute(
            "select count(*) from pg_inherits where inhparent = 'warehouse.fact_events'::regclass"
        ).fetchone()
    names = sorted({name for hour in hours for name in hour["statements"]})
    nothing = {"calls": 0, "milliseconds": 0.0, "blocks": 0}
    return {
        "history_events": events,
        "partitions": partitions and partitions[0],
        **{
            key: round(median(hour[key] for hour in hours), 2)
            for key in ("etl_cpu_seconds", "postgresql_cpu_seconds", "wall_seconds")
        },
        "statements": {
            name: {
                key: median(hour["statements"].get(name, nothing)[key] for hour in hours) for key in nothing
            }
            for name in names
        },
        "hours": [{key: value for key, value in hour.items() if key != "statements"} for hour in hours],
    }


def steps(place: Place, sizes: list[int], partitions: list[int], rounds: int) -> Iterator[Figures]:
    """Yield the figures: the first size with few partitions and with many, then the larger ones."""
    done_days = 1  # yesterday's late events are of the day before
    for size in sizes:
        days = max(size // place.events_per_day, 2)
        fill(place, done_days + 1, days)
        done_days = days
        yield measure(place, size, rounds)
        for count in partitions if size == sizes[0] else []:
            add_partitions(place, count)
            yield measure(place, size, rounds)


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    sizes: list[int]
    partitions: list[int]
    per_day: int
    batch: int
    rounds: int


def run(asked: Asked) -> Iterator[list[Figures]]:
    """Make a warehouse, measure, and let nothing of it stay; yields what is measured so far."""
    found: list[Figures] = []
    first_hour = datetime(*TODAY.timetuple()[:3], tzinfo=UTC)
    with place_of(
        Stream(asked.batch * asked.rounds, asked.rounds, first_hour, seed=1), asked.per_day
    ) as place:
        for size in steps(place, asked.sizes, asked.partitions, asked.rounds):
            found.append(size)
            yield found


def growth(found: list[Figures]) -> list[Figures]:
    """Return how much more each size costs than the first, in processor seconds and blocks."""
    first = found[0]
    blocks = sum(one["blocks"] for one in first["statements"].values())
    seconds = first["etl_cpu_seconds"] + first["postgresql_cpu_seconds"]
    return [
        {
            "history_events": size["history_events"],
            "partitions": size["partitions"],
            "cpu_ratio": round((size["etl_cpu_seconds"] + size["postgresql_cpu_seconds"]) / seconds, 3),
            "blocks_ratio": round(sum(one["blocks"] for one in size["statements"].values()) / blocks, 3),
        }
        for size in found
    ]


def main() -> None:
    """Measure and write build/bench/etl_history.json."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, nargs="+", default=[1_000_000, 10_000_000, 50_000_000])
    parser.add_argument(
        "--partitions", type=int, nargs="*", default=[400, 800], help="tried at the first size"
    )
    parser.add_argument("--per-day", type=int, default=62_500, help="events of a day of the past")
    parser.add_argument("--batch", type=int, default=50_000, help="events of an hour")
    parser.add_argument("--rounds", type=int, default=5, help="hours that are loaded at each size")
    given = parser.parse_args()
    path = ROOT / "build/bench/etl_history.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    for found in run(Asked(given.events, given.partitions, given.per_day, given.batch, given.rounds)):
        figures = {"batch_events": given.batch, "growth": growth(found), "sizes": found}
        path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
        print(f"{json.dumps(figures['growth'][-1])}\n{path.relative_to(ROOT)}: written.", flush=True)


if __name__ == "__main__":
    main()
