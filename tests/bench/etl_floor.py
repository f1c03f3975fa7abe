"""One step of the floor, by one library; the clock runs for nothing but that.

    python tests/bench/etl_floor.py gunzip|parse|parquet LIBRARY FOLDER

Runs in the environment of tests/bench/peers.lock and says the seconds of processor time, of all its threads.
`gunzip` and `parse` take the raw objects in FOLDER, `parquet` the processed files.
"""

import io
import json
import sys
import time
from collections.abc import Callable, Iterable
from importlib import import_module
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, cast


def clocked(work: Callable[[Any], object], things: Iterable[Any]) -> float:
    """Return the seconds that the work takes for all things; making these is not counted."""
    used = 0.0
    for thing in things:
        began = time.process_time()
        work(thing)
        used += time.process_time() - began
    return used


def gunzip(library: str) -> Callable[[bytes], Any]:
    """Return what inflates a whole object."""
    if library == "libdeflate":
        inflate = import_module("deflate").gzip_decompress
        return lambda body: bytes(inflate(body))
    modules = {"zlib": "gzip", "isal": "isal.igzip", "zlib-ng": "zlib_ng.gzip_ng"}
    return cast(Callable[[bytes], Any], import_module(modules[library]).decompress)


def parse(library: str) -> Callable[[bytes], object]:
    """Return what parses all lines of a text, and takes the event's id out of each."""
    if library == "msgspec":
        msgspec = import_module("msgspec")
        event = msgspec.defstruct("Event", [("event_id", str)])
        decoder = msgspec.json.Decoder(msgspec.defstruct("Line", [("event", event)]))
        return lambda text: [line.event.event_id for line in decoder.decode_lines(text)]
    one = import_module("orjson").loads if library == "orjson" else import_module("simdjson").Parser().parse
    return lambda text: [one(line)["event"]["event_id"] for line in text.splitlines()]


def parquet(library: str, paths: list[Path]) -> float:
    """Return the seconds for writing the same rows again, from the library's own form of columns."""
    if library == "pyarrow":
        arrow = import_module("pyarrow.parquet")
        tables = map(arrow.read_table, paths)
        return clocked(lambda table: arrow.write_table(table, io.BytesIO(), compression="zstd"), tables)
    if library == "polars":
        frames = map(import_module("polars").read_parquet, paths)
        return clocked(lambda frame: frame.write_parquet(io.BytesIO(), compression="zstd"), frames)
    with NamedTemporaryFile(suffix=".parquet") as target:
        if library == "fastparquet":
            return _by_fastparquet(target.name, paths)
        connection = import_module("duckdb").connect()

        def held(path: Path) -> str:
            connection.execute(f"create or replace table held as from read_parquet('{path}')")
            return f"copy held to '{target.name}' (format parquet, compression zstd)"

        return clocked(connection.execute, map(held, paths))


def _by_fastparquet(target: str, paths: list[Path]) -> float:
    pandas, fastparquet = import_module("pandas"), import_module("fastparquet")

    def frame(path: Path) -> Any:
        found = pandas.read_parquet(path)
        return found.assign(event_date=pandas.to_datetime(found["event_date"]))  # it knows no dates

    def write(found: Any) -> None:
        fastparquet.write(target, found, compression="ZSTD", object_encoding="utf8")

    return clocked(write, map(frame, paths))


def main() -> None:
    """Run the command line."""
    step, library, folder = sys.argv[1:]
    if step == "parquet":
        used = parquet(library, sorted(Path(folder).rglob("*.parquet")))
    else:
        bodies = (path.read_bytes() for path in sorted(Path(folder).rglob("*.json.gz")))
        if step == "gunzip":
            used = clocked(gunzip(library), bodies)
        else:
            used = clocked(parse(library), map(gunzip("zlib"), bodies))
    print(json.dumps(used))


if __name__ == "__main__":
    main()
