"""Measure the ETL, the floor beneath it and its peers; no test looks at times. See docs/performance.md.

`make bench-etl` writes build/bench/etl.json and etl.svg; quicker with
BENCH_OPTIONS="--events 200000 --rounds 1".
"""

import argparse
import json
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench import etl_beside
from tests.bench.etl_measure import LIBRARIES, Figures, Libraries, floor, median_of, ours
from tests.bench.etl_picture import picture
from tests.bench.etl_place import ROOT, Place, place
from tests.bench.function_import import weigh
from tests.bench.realistic_events import Stream

LARGE, SMALL = 5000, 50  # events in an object


@dataclass(frozen=True)
class Plan:
    """What is measured, and with what."""

    events_count: int
    rounds_count: int
    peer_events_count: int
    peers: tuple[str, ...]
    python: Path
    libraries: Libraries


def measure(plan: Plan, at: Place, say: Callable[[str], None]) -> Figures:
    """Return all figures; each round goes through everything: a busy minute must not spoil one figure."""
    say(f"making {plan.events_count} events")
    large, small = at.raw(Stream(plan.events_count), (LARGE, SMALL))
    rounds: list[Figures] = []
    for number in range(1, plan.rounds_count + 1):
        found = {"ours": ours(at, large)}
        say(f"round {number}: ours {_rate(found['ours'])}")
        found["floor"] = floor(at, large, plan.python, plan.libraries)
        say(f"round {number}: floor {found['floor']['cpu_seconds']:.2f} s of {found['floor']['parts']}")
        found["small_objects"] = ours(at, small)
        say(f"round {number}: small objects {_rate(found['small_objects'])}")
        rounds.append(found)
    figures = median_of(rounds)
    return {
        **_summary(figures),
        "events": plan.events_count,
        "rounds": plan.rounds_count,
        **figures,
        "beside": _beside(plan, at, say) if plan.peers else {},
    }


def _rate(figures: Figures) -> str:
    return f"{figures['events'] / figures['cpu_seconds']:.0f} events a second of processor time"


def _summary(figures: Figures) -> Figures:
    own, low, small = figures["ours"], figures["floor"], figures["small_objects"]
    millions = own["events"] / 1e6
    return {
        "events_per_cpu_second": own["events"] / own["cpu_seconds"],
        "cpu_seconds_per_million": {
            "all": own["cpu_seconds"] / millions,
            "function": own["function_cpu_seconds"] / millions,
            "postgres": own["postgres_cpu_seconds"] / millions,
            "floor": low["cpu_seconds"] / millions,
        },
        "floor_ratio": low["cpu_seconds"] / own["cpu_seconds"],
        "floor_ratio_with_a_heap": low["cpu_seconds_with_a_heap"] / own["cpu_seconds"],
        "small_objects_ratio": small["cpu_seconds"] / own["cpu_seconds"],
        "peak_rss_bytes": max(own["peak_rss_bytes"], small["peak_rss_bytes"]),
    }


def _beside(plan: Plan, at: Place, say: Callable[[str], None]) -> Figures:
    """Measure the peers, and ours with as many events."""
    (raw,) = at.raw(Stream(plan.peer_events_count), (LARGE,))
    own = ours(at, raw)
    found = {name: etl_beside.peer(at, raw, plan.python, name) for name in plan.peers}
    for name, figures in found.items():
        say(f"{name}: {figures['cpu_seconds']:.1f} s for {plan.peer_events_count} events")
    return {"events": plan.peer_events_count, "ours": own, "peers": found}


def ratios(beside: Figures) -> dict[str, Figures]:
    """Return how many times faster than each peer ours is: with what it costs to start, and without."""
    if not beside:
        return {"peers": {}, "peers_without_start": {}}
    own, found = beside["ours"], beside["peers"]
    worked = own["cpu_seconds"] - own["stages"]["start and rest"]
    return {
        "peers": {name: its["cpu_seconds"] / own["cpu_seconds"] for name, its in found.items()},
        "peers_without_start": {
            name: (its["cpu_seconds"] - its["start_cpu_seconds"]) / worked for name, its in found.items()
        },
    }


def report(plan: Plan, say: Callable[[str], None]) -> Figures:
    """Measure everything at a place of its own; return what goes into etl.json."""
    loads_before = os.getloadavg()
    with TemporaryDirectory(prefix="bench-etl-") as folder, place(Path(folder)) as at:
        figures = measure(plan, at, say)
        function = weigh(at.state, "etl", plan.rounds_count)
    return {
        **figures,
        **ratios(figures["beside"]),
        **function,
        "s3": "a folder served over HTTP stands in for it (tests/bench/s3_double.py); its time is not ours",
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "load_average_before": loads_before,
            "load_average_after": os.getloadavg(),
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    }


def _rounded(value: Any) -> Any:
    """Return figures as they are read: no more digits than they are worth."""
    if isinstance(value, dict):
        return {name: _rounded(part) for name, part in value.items()}
    return round(value, 3) if isinstance(value, float) else value


def _plan() -> Plan:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peer-events", type=int, default=100_000)
    parser.add_argument("--peers", nargs="*", choices=etl_beside.names(), default=etl_beside.names())
    given = parser.parse_args()
    python = etl_beside.peers_python(ROOT / "build/bench/peers")
    return Plan(given.events, given.rounds, given.peer_events, tuple(given.peers), python, LIBRARIES)


def main() -> None:
    """Measure everything and write build/bench/etl.json and etl.svg."""
    target = ROOT / "build/bench"
    target.mkdir(parents=True, exist_ok=True)
    figures = _rounded(report(_plan(), lambda line: print(line, flush=True)))
    (target / "etl.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    (target / "etl.svg").write_text(picture(figures), encoding="utf-8")
    shown = (
        "events_per_cpu_second",
        "cpu_seconds_per_million",
        "floor_ratio",
        "small_objects_ratio",
        "peers",
    )
    more = ("peers_without_start", "peak_rss_bytes", "import_seconds", "unzipped_bytes")
    for name in (*shown, *more):
        print(f"{name}: {json.dumps(figures[name])}")
    print("build/bench/etl.json and build/bench/etl.svg: written.")


if __name__ == "__main__":
    main()
