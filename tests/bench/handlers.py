"""Measure how long `ingest` and `shop` take to answer and to be imported; no test looks at times.

`make bench-handlers` writes build/bench/handlers.json. The shop's database, on this machine, has 10,000
products; the raw bucket is a folder that answers as S3 does (tests/bench/s3_double.py).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from local_stack.state import StackState
from tests.bench.function_import import weigh
from tests.bench.sdk import of_ingest
from tests.bench.served import ROOT, served
from tests.bench.shop_handler import measured
from tests.shop_database.shop import migrated_shop

Figures = dict[str, dict[str, float]]
_REGION = {"AWS_REGION": "eu-central-1"}
_SETTINGS = {
    "ingest": {**_REGION, "RAW_BUCKET": "raw"},
    "shop": {**_REGION, "ARTIFACTS_BUCKET": "artifacts", "SHOP_SECRET_KEY": "secrets/shop.json"},
}


def ingest_figures(requests_count: int) -> Figures:
    """Return the figures of `ingest`, by what was sent; in a process of its own, with its own settings."""
    with TemporaryDirectory(prefix="bench-handlers-") as folder:
        (Path(folder) / "s3/raw").mkdir(parents=True)
        result = Path(folder) / "ingest.json"
        with served("tests.bench.s3_double", f"{folder}/s3") as (url, _):
            command = [sys.executable, "-m", "tests.bench.ingest_handler", str(result), str(requests_count)]
            subprocess.run(command, cwd=ROOT, env=of_ingest(url), check=True)
        found: Figures = json.loads(result.read_text(encoding="utf-8"))
    return found


def report(requests_count: int, products_count: int, rounds_count: int) -> dict[str, Any]:
    """Measure everything; return what goes into handlers.json."""
    loads_before = os.getloadavg()
    with migrated_shop() as shop:
        figures = {"ingest": ingest_figures(requests_count)}
        figures["shop"] = measured(shop, products_count, requests_count)
        imports = {name: _import_of(shop.stack, name, rounds_count) for name in figures}
    machine = {
        "cores": os.cpu_count(),
        "load_average_before": loads_before,
        "load_average_after": os.getloadavg(),
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    return {
        **{name: {"answers": found, **imports[name]} for name, found in figures.items()},
        "requests": requests_count,
        "products": products_count,
        "machine": machine,
    }


def _import_of(state: StackState, name: str, rounds_count: int) -> dict[str, float]:
    return weigh(state, name, rounds_count, _SETTINGS[name])


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=2000, help="of each kind")
    parser.add_argument("--products", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5, help="imports of each function")
    asked = parser.parse_args()
    found = report(asked.requests, asked.products, asked.rounds)
    for name in _SETTINGS:
        for what, times in found[name]["answers"].items():
            print(f"{name:<7} {what:<22} p50 {times['p50_ms']:>7.2f} ms   p99 {times['p99_ms']:>7.2f} ms")
        print(f"{name:<7} {'import':<22} {found[name]['import_seconds'] * 1000:.0f} ms of processor time")
    target = ROOT / "build/bench/handlers.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(found, indent=2), encoding="utf-8")
    print(f"{target.relative_to(ROOT)}: written.")


if __name__ == "__main__":
    main()
