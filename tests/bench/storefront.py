"""Look at the storefront with Lighthouse, as a phone on a slow network and as a desk does.

`make bench-storefront` looks at the demo's (`make demo` first) and writes build/bench/storefront.json; at
another one by BENCH_OPTIONS="--url https://shop.example --pages / /cart". No test looks at times.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urljoin

from local_stack import state
from tests.bench import npm_pinned
from tests.bench.served import ROOT

PINNED = ROOT / "tests/bench/storefront_lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
# https://developer.chrome.com/docs/lighthouse/performance/performance-scoring
TIMES = {
    "first-contentful-paint": "first_contentful_paint_ms",
    "largest-contentful-paint": "largest_contentful_paint_ms",
    "speed-index": "speed_index_ms",
    "total-blocking-time": "total_blocking_time_ms",
    "cumulative-layout-shift": "cumulative_layout_shift",
    "total-byte-weight": "transferred_bytes",
}
# Lighthouse is set for a phone unless it is told otherwise
DEVICES: dict[str, tuple[str, ...]] = {"phone": (), "desk": ("--preset=desktop",)}
DEMO_PAGES = ("/", "/categories/Lighting", "/search?q=linen", "/products/kitchen-003", "/cart")
# On a busy machine a trace can miss its beginning (NO_NAVSTART), and Lighthouse asks to be run again.
_MOST_TRIES = 3
_BROWSER_FLAGS = "--headless=new --no-sandbox --disable-gpu"

Figures = dict[str, float]


def figures_of(report: dict[str, Any]) -> Figures:
    """Return scores (0 to 100) and times of one look."""
    scores = {name.replace("-", "_"): 100 * report["categories"][name]["score"] for name in CATEGORIES}
    return {**scores, **{ours: report["audits"][audit]["numericValue"] for audit, ours in TIMES.items()}}


def findings_of(report: dict[str, Any]) -> list[str]:
    """Return what has not the full score and counts in one, apart from speed: name and title."""
    counted = {
        reference["id"]
        for name in CATEGORIES[1:]
        for reference in report["categories"][name]["auditRefs"]
        if reference["weight"]
    }
    audits = [report["audits"][name] for name in sorted(counted)]
    return [f"{audit['id']}: {audit['title']}" for audit in audits if audit["score"] not in (1, None)]


def looked_at(lighthouse: Path, url: str, device: str) -> dict[str, Any]:
    """Return Lighthouse's report on a page, after a few tries if it must be."""
    for left in reversed(range(_MOST_TRIES)):
        try:
            return _looked_at_once(lighthouse, url, device)
        except RuntimeError as error:
            if not left:
                raise
            print(f"once more, for: {str(error).strip().splitlines()[-1]}", flush=True)
    raise AssertionError("the last try returns or raises")


def _looked_at_once(lighthouse: Path, url: str, device: str) -> dict[str, Any]:
    with TemporaryDirectory(prefix="bench-storefront-") as folder:
        target = Path(folder) / "report.json"
        options = ["--output=json", f"--output-path={target}", "--quiet", "--no-enable-error-reporting"]
        wanted = [f"--only-categories={','.join(CATEGORIES)}", f"--chrome-flags={_BROWSER_FLAGS}"]
        cli = str(lighthouse / "node_modules/lighthouse/cli/index.js")
        command = ["node", cli, url, *options, *wanted, *DEVICES[device]]
        npm_pinned.run(command, Path(folder), CHROME_PATH="/usr/bin/chromium")
        report: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
    if problem := report.get("runtimeError"):
        raise RuntimeError(f"Lighthouse can't look at {url}: {problem['message']}")
    return report


def median_of(looks: list[Figures]) -> Figures:
    """Return the median of each figure."""
    return {name: statistics.median(look[name] for look in looks) for name in looks[0]}


def page_figures(lighthouse: Path, url: str, rounds_count: int) -> dict[str, Any]:
    """Return the medians of a page by device, and what Lighthouse found wrong with it."""
    found: dict[str, Any] = {}
    for device in DEVICES:
        reports = [looked_at(lighthouse, url, device) for _ in range(rounds_count)]
        found[device] = {
            **median_of([figures_of(report) for report in reports]),
            "findings": findings_of(reports[0]),
        }
    return found


def demo_url() -> str:
    """Return where the demo's storefront is, or end with what to do."""
    running = state.read()
    if running is None:
        raise SystemExit("bench-storefront: no storefront runs here. `make demo` starts one; or give --url.")
    return running.storefront_url


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", help="a storefront's address; without it the demo's")
    parser.add_argument("--pages", nargs="+", default=DEMO_PAGES, help="paths")
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    address = asked.url or demo_url()
    target = ROOT / "build/bench/storefront.json"
    lighthouse = npm_pinned.installed(PINNED, target.parent / "lighthouse")
    pages: dict[str, Any] = {}
    for path in asked.pages:
        pages[path] = page_figures(lighthouse, urljoin(f"{address}/", path), asked.rounds)
        for device, found in pages[path].items():
            print(f"{path} {device}: {json.dumps(found)}", flush=True)
    machine = {
        "cores": os.cpu_count(),
        "load_average": os.getloadavg(),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    report = {"pages": pages, "rounds": asked.rounds, "machine": machine}
    target.write_text(json.dumps(report, indent=2), encoding="utf-8")
    print(f"{target.relative_to(ROOT)}: written.")


if __name__ == "__main__":
    main()
