"""Measures one run of ours, and the floor beneath it. All seconds are of processors, none of the clock."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import psycopg

from tests.bench.etl_place import ROOT, Place, Raw
from tests.bench.measured import measured
from tests.bench.server_time import family_seconds

Figures = dict[str, Any]
Libraries = dict[str, tuple[str, ...]]
# What each step of the floor is tried with; the quickest counts.
LIBRARIES: Libraries = {
    "gunzip": ("zlib", "isal", "zlib-ng", "libdeflate"),
    "parse": ("orjson", "msgspec", "pysimdjson"),
    "parquet": ("pyarrow", "polars", "duckdb", "fastparquet"),
}
_ACCOUNT = """
select sum(stored_count), sum(loaded_count), sum(rejected_count), sum(duplicate_count),
    (select count(*) from warehouse.fact_events), (select count(*) from warehouse.fact_sessions)
from etl.objects
"""
# a table of the same columns: with the keys and indexes of the one that is measured against, or with none
_TWINS = {
    "copy": "create table bench.copy (like warehouse.fact_events including all)",
    "copy to a heap": "create table bench.heap (like warehouse.fact_events)",
}


@dataclass(frozen=True)
class WrongCountError(Exception):
    """What was loaded is not what was stored: no figure is worth anything then."""

    account: tuple[int, ...]
    events_count: int

    def __str__(self) -> str:
        return f"of {self.events_count} events the warehouse must give account, and has {self.account}"


def ours(place: Place, raw: Raw) -> Figures:
    """Load a bucket into the empty warehouse; return the seconds by stage, and what is in the warehouse."""
    place.empty()
    with TemporaryDirectory() as kept:
        result = Path(kept) / "ours.json"
        arguments = [str(result), str(place.server_pid), *raw.dates]
        servers_before, double_before = place.server_seconds(), family_seconds(place.s3_pid)
        taken = measured(
            [sys.executable, "-m", "tests.bench.etl_ours", *arguments], place.environment(raw.bucket), ROOT
        )
        server_seconds = place.server_seconds() - servers_before
        double_seconds = family_seconds(place.s3_pid) - double_before
        told = json.loads(result.read_text(encoding="utf-8"))
    stored, loaded, rejected, duplicates, facts, sessions = place.query(_ACCOUNT)
    account = (stored, loaded, rejected, duplicates)
    if stored != raw.stream.events_count or facts != loaded or loaded + rejected + duplicates != stored:
        raise WrongCountError(account, raw.stream.events_count)
    return {
        "events": stored,
        "objects": stored // raw.events_per_object,
        "account": dict(zip(("stored", "loaded", "rejected", "duplicate"), account, strict=True)),
        "sessions": sessions,
        "cpu_seconds": taken.cpu_seconds + server_seconds,
        "function_cpu_seconds": taken.cpu_seconds,
        "postgres_cpu_seconds": server_seconds,
        "wall_seconds": taken.wall_seconds,
        "s3_double_cpu_seconds": double_seconds,
        "stages": told["ours"],
        "postgres_stages": told["servers"],
        "peak_rss_bytes": told["peak_rss_bytes"],
    }


def floor(place: Place, raw: Raw, python: Path, libraries: Libraries) -> Figures:
    """Do again what loading this bucket needs at the least, each step with each library; seconds of each.

    The bucket is loaded; `python` has the libraries.
    """
    folders = {"gunzip": raw.folder, "parse": raw.folder, "parquet": place.processed}
    tried = {
        step: {library: _step(python, step, library, folders[step]) for library in named}
        for step, named in libraries.items()
    }
    fastest = {step: min(seconds, key=lambda library: seconds[library]) for step, seconds in tried.items()}
    copies = _copies(place)
    parts = {step: tried[step][library] for step, library in fastest.items()} | {"copy": copies["copy"]}
    heap = sum(parts.values()) - copies["copy"] + copies["copy to a heap"]
    return {
        "cpu_seconds": sum(parts.values()),
        "cpu_seconds_with_a_heap": heap,
        "parts": parts,
        "fastest": fastest,
        "tried": tried | {"copy": copies},
    }


def _step(python: Path, step: str, library: str, folder: Path) -> float:
    script = str(ROOT / "tests/bench/etl_floor.py")
    return float(
        measured([str(python), script, step, library, str(folder)], {"PATH": "/usr/bin:/bin"}, ROOT).output
    )


def _copies(place: Place) -> dict[str, float]:
    """Copy the rows of fact_events, which are read before the clock runs, into both twins."""
    with (
        TemporaryDirectory(dir=place.folder) as kept,
        psycopg.connect(place.state.dsn("owner")) as connection,
    ):
        rows = Path(kept) / "rows"
        query = "copy (select * from warehouse.fact_events) to stdout (format binary)"
        with rows.open("wb") as file, connection.cursor() as cursor, cursor.copy(query) as copy:
            for part in copy:
                file.write(part)
        connection.execute("create schema if not exists bench")
        connection.commit()
        return {name: _copied(place, connection, rows, name) for name in _TWINS}


def _copied(place: Place, connection: "psycopg.Connection[Any]", rows: Path, name: str) -> float:
    table = _TWINS[name].split()[2]
    connection.execute(_TWINS[name].encode())
    connection.commit()
    arguments = [sys.executable, "-m", "tests.bench.etl_copy", str(rows), table]
    before = place.server_seconds()
    taken = measured(arguments, place.environment("") | {"DSN": place.state.dsn("owner")}, ROOT)
    used = place.server_seconds() - before + float(taken.output)
    connection.execute(f"drop table {table}".encode())
    connection.commit()
    return used


def median_of(rounds: list[Figures]) -> Figures:
    """Return figures whose every number is the median of that number; what is no number is of the first."""
    first = rounds[0]
    found: Figures = {}
    for name, value in first.items():
        values = [figures[name] for figures in rounds]
        if isinstance(value, dict):
            found[name] = median_of(values)
        elif isinstance(value, int | float):
            found[name] = median(values)
        else:
            found[name] = value
    return found
