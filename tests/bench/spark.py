"""Measure the Spark job by one executor and by two, and one process without Spark beside them, in one run.

Each runs over the same raw objects and writes the same files, which is looked at. An executor is a process of
its own with one core (`local-cluster`), as on EMR Serverless, not a thread. The ETL function, which loads
PostgreSQL besides, is `make bench-etl`'s. Writes build/bench/spark.json.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.etl_place import ROOT, Place, Raw, place
from tests.bench.measured import Taken, measured
from tests.bench.realistic_events import Stream

PYTHON = ROOT / ".venv-spark" / "bin" / "python"
RESULT = ROOT / "build" / "bench" / "spark.json"
EXECUTOR_MB = 1024
Figures = dict[str, Any]


def by_one_process(raw: Raw, environment: dict[str, str]) -> list[str]:
    """The command that does the job's work without Spark."""
    del environment
    return [str(PYTHON), "-m", "tests.bench.spark_beside", *raw.dates]


def by_spark(executors: int) -> Callable[[Raw, dict[str, str]], list[str]]:
    """The command that runs the job by so many executors of one core each."""

    def command(raw: Raw, environment: dict[str, str]) -> list[str]:
        environment["PYSPARK_SUBMIT_ARGS"] = (
            f"--driver-memory 1g --executor-memory {EXECUTOR_MB}m --executor-cores 1 pyspark-shell"
        )
        first, last = raw.dates
        master = f"local-cluster[{executors},1,{EXECUTOR_MB}]"
        return [str(PYTHON), "-m", "etl.spark.driver", "--master", master, "--from", first, "--to", last]

    return command


WAYS = {"one process": by_one_process, "1 executor": by_spark(1), "2 executors": by_spark(2)}


def environment_of(at: Place, raw: Raw) -> dict[str, str]:
    """What the job reads of its environment: buckets, and libpq's own variables."""
    fields = at.state.libpq_fields("owner")
    names = {"host": "HOST", "port": "PORT", "dbname": "DATABASE", "user": "USER", "password": "PASSWORD"}
    libpq = {f"PG{name}": str(fields[field]) for field, name in names.items()}
    return {
        **at.environment(raw.bucket),
        **libpq,
        "PYSPARK_PYTHON": str(PYTHON),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_HOSTNAME": "localhost",
    }


def content(at: Place) -> dict[str, bytes]:
    """Every processed file, without the account, which one process does not write."""
    files = sorted(at.processed.rglob("*.parquet"))
    return {
        str(path.relative_to(at.processed)): path.read_bytes()
        for path in files
        if path.relative_to(at.processed).parts[0] in ("events", "sessions")
    }


def figures_of(taken: Taken, raw: Raw) -> Figures:
    """Return speeds from what a command took."""
    events = raw.stream.events_count
    return {
        "cpu_seconds": taken.cpu_seconds,
        "wall_seconds": taken.wall_seconds,
        "events_per_cpu_second": events / taken.cpu_seconds,
        "events_per_wall_second": events / taken.wall_seconds,
    }


def measure(at: Place, raw: Raw, rounds: int, tell: Callable[[str], None]) -> dict[str, Figures]:
    """Run each way in turns; return the medians. Raises `ValueError` if they made different files."""
    found: dict[str, list[Figures]] = {name: [] for name in WAYS}
    first: dict[str, bytes] | None = None
    for number in range(1, rounds + 1):
        for name, way in WAYS.items():
            for key in content(at):
                (at.processed / key).write_bytes(b"")
            environment = environment_of(at, raw)
            found[name].append(figures_of(measured(way(raw, environment), environment, ROOT), raw))
            made = content(at)
            first = first or made
            if made != first:
                raise ValueError(f"{name} must make the files that the others make, and does not")
            tell(
                f"round {number}, {name}: {found[name][-1]['events_per_cpu_second']:,.0f} events a CPU-second"
            )
    return {
        name: {figure: median(one[figure] for one in ones) for figure in ones[0]}
        for name, ones in found.items()
    }


def tell(line: str) -> None:
    """Say what was measured."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="tests.bench.spark", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--hours", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    stream = Stream(arguments.events, arguments.hours)
    with TemporaryDirectory(prefix="bench-spark-") as folder, place(Path(folder)) as at:
        (raw,) = at.raw(stream, (5000,))
        ways = measure(at, raw, arguments.rounds, tell)
    result = {
        "stream": {**asdict(stream), "first_hour": str(stream.first_hour)},
        "rounds": arguments.rounds,
        "measured_on": datetime.now(UTC).date().isoformat(),
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "ways": ways,
        "second_executor_ratio": ways["2 executors"]["events_per_wall_second"]
        / ways["1 executor"]["events_per_wall_second"],
    }
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"measured: {RESULT.relative_to(ROOT)}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
