"""Measure the event SDK in a real browser, and its peers beside it; no test looks at times. See docs/sdk.md.

`make bench-sdk` writes build/bench/sdk.json and sdk.svg; quicker with
BENCH_OPTIONS="--trials 50 --peer-trials 10".
"""

import argparse
import asyncio
import json
import os
import platform
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.request import urlopen

from tests.bench import sdk_figures, sdk_trackers
from tests.bench.sdk_figures import Came, Figures
from tests.bench.sdk_marks import IDS
from tests.bench.sdk_picture import picture
from tests.bench.sdk_visits import EVENTS_PER_VISIT, busy_second, closed, left, opened_shop, thousand_calls_ms
from tests.bench.sdk_visits import visits as visits_to
from tests.bench.served import ROOT, served

OURS = "cloudworks"
PEERS = tuple(name for name in IDS if name != OURS)


@dataclass(frozen=True)
class Plan:
    """How many visits end in each way, for ours and for each peer, and how often calls are timed."""

    trials_count: int
    peer_trials_count: int
    rounds_count: int
    peers: tuple[str, ...]


async def tracker_figures(address: str, tracker: str, raw: Path, trials_count: int, rounds: int) -> Figures:
    """Return all figures of one tracker."""
    async with opened_shop(address, tracker) as shop:
        at_close = await visits_to(shop, trials_count, closed)
        at_navigation = await visits_to(shop, trials_count, left)
        busy = await busy_second(shop)
        calls_ms, all_ms = await thousand_calls_ms(shop, rounds)
    requests = _seen(address, tracker)
    kept = sdk_figures.kept_by_ingest(raw) if tracker == OURS else sdk_figures.kept_by_collector(requests)
    came = Came(requests, kept)
    close, navigation = sdk_figures.loss(at_close, came), sdk_figures.loss(at_navigation, came)
    return {
        "lost_at_close_percent": close["for_good"],
        "lost_at_close_at_once_percent": close["at_once"],
        "lost_at_navigation_percent": navigation["for_good"],
        "lost_at_navigation_at_once_percent": navigation["at_once"],
        **sdk_figures.copies(came),
        "requests_per_100_events": sdk_figures.requests_per_hundred(busy, came),
        "lost_of_a_busy_second_percent": sdk_figures.lost_percent(busy, came.marks),
        "preflights": sdk_figures.preflights(came),
        "track_1000_ms": calls_ms,
        "track_1000_and_next_task_ms": all_ms,
        "trials": trials_count,
        "events": close["events"] + navigation["events"],
    }


def _seen(address: str, tracker: str) -> list[Figures]:
    with urlopen(f"{address}/seen/{tracker}", timeout=60) as answer:  # noqa: S310 - our own, on loopback
        seen: list[Figures] = json.load(answer)
    return seen


def measure(plan: Plan, script: Path, peers: Path, folder: Path, say: Callable[[str], None]) -> Figures:
    """Return the figures of ours, and those of its peers by name."""
    built = folder / "built"
    built.mkdir()
    sizes = sdk_trackers.bundled(peers, built, (OURS, *plan.peers))
    found: dict[str, Figures] = {}
    with served("tests.bench.s3_double", str(folder / "s3")) as (s3_url, _):
        arguments = ("tests.bench.sdk_collector", str(built), str(script))
        with served(*arguments, environment=of_ingest(s3_url)) as (address, _):
            for name in (OURS, *plan.peers):
                count = plan.trials_count if name == OURS else plan.peer_trials_count
                raw = folder / "s3/raw"
                measured = tracker_figures(address, name, raw, count, plan.rounds_count)
                found[name] = {**sizes[name], **asyncio.run(measured)}
                say(f"{name}: {json.dumps(_rounded(found[name]))}")
    return {**found.pop(OURS), "peers": found}


def of_ingest(s3_url: str) -> dict[str, str]:
    """Return the environment in which the function finds its bucket."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **inherited,
        "PYTHONPATH": ":".join(str(ROOT / part) for part in ("scripts", "lambda_src", "")),
        "AWS_ENDPOINT_URL": s3_url,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "RAW_BUCKET": "raw",
    }


def report(plan: Plan, script: Path, peers: Path, say: Callable[[str], None]) -> Figures:
    """Measure everything; return what goes into sdk.json."""
    loads_before = os.getloadavg()
    with TemporaryDirectory(prefix="bench-sdk-") as folder:
        figures = measure(plan, script, peers, Path(folder), say)
    version = subprocess.run(["/usr/bin/chromium", "--version"], capture_output=True, text=True, check=True)
    return {
        **figures,
        "events_per_visit": EVENTS_PER_VISIT,
        "machine": {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            "browser": version.stdout.strip(),
            "load_average_before": loads_before,
            "load_average_after": os.getloadavg(),
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    }


def _rounded(figures: Figures) -> Figures:
    return {name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()}


def _plan() -> Plan:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=500, help="closes, and as many navigations")
    parser.add_argument("--peer-trials", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS)
    given = parser.parse_args()
    return Plan(given.trials, given.peer_trials, given.rounds, tuple(given.peers))


def main() -> None:
    """Measure everything and write build/bench/sdk.json and sdk.svg."""
    target = ROOT / "build/bench"
    target.mkdir(parents=True, exist_ok=True)
    plan = _plan()
    peers = sdk_trackers.installed_peers(target / "sdk_peers") if plan.peers else target
    figures = report(plan, sdk_trackers.built_script(), peers, lambda line: print(line, flush=True))
    (target / "sdk.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    (target / "sdk.svg").write_text(picture(figures), encoding="utf-8")
    print("build/bench/sdk.json and build/bench/sdk.svg: written.")


if __name__ == "__main__":
    main()
