"""The benchmark of the ETL measures what it says, at a size that says nothing about speed."""

import gzip
import json
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.bench.etl import Plan, measure, ratios
from tests.bench.etl_measure import Libraries
from tests.bench.etl_picture import picture
from tests.bench.etl_place import place
from tests.bench.etl_stages import REST, STAGES
from tests.bench.realistic_events import Stream, lines_of_hour, write_stream

# what .venv has of them
LIBRARIES: Libraries = {"gunzip": ("zlib",), "parse": ("msgspec",), "parquet": ("pyarrow",)}
EVENTS_COUNT = 2000


def lines_in(folder: Path) -> list[bytes]:
    bodies = (gzip.decompress(path.read_bytes()) for path in folder.rglob("*.json.gz"))
    return sorted(line for body in bodies for line in body.splitlines())


def distinct_events(folder: Path) -> set[tuple[str, int]]:
    """What the warehouse must hold: each event once a day of its own clock."""
    events = [json.loads(line)["event"] for line in lines_in(folder)]
    return {(event["event_id"], event["event_time"] // 86_400_000) for event in events}


def test_ours_and_the_floor_are_measured_over_every_event(tmp_path: Path) -> None:
    said: list[str] = []
    plan = Plan(EVENTS_COUNT, 1, 0, (), Path(sys.executable), LIBRARIES)
    with place(tmp_path) as at:
        figures = measure(plan, at, said.append)
        kept = at.query("select count(*) from warehouse.fact_events")
    wanted = len(distinct_events(tmp_path / "s3" / f"raw-{EVENTS_COUNT}-5000"))
    account = {"stored": EVENTS_COUNT, "loaded": wanted, "rejected": 0, "duplicate": EVENTS_COUNT - wanted}
    for layout in ("ours", "small_objects"):
        assert figures[layout]["account"] == account
    assert kept == (wanted,)
    assert wanted < EVENTS_COUNT
    assert figures["small_objects"]["objects"] == 40
    assert set(figures["ours"]["stages"]) == {REST, *STAGES}
    assert [stage for stage, seconds in figures["ours"]["stages"].items() if seconds <= 0] == []
    assert set(figures["floor"]["parts"]) == {"gunzip", "parse", "parquet", "copy"}
    assert {"events_per_cpu_second", "floor_ratio", "small_objects_ratio", "peak_rss_bytes"} <= set(figures)
    assert ElementTree.fromstring(picture(figures)).tag.endswith("svg")  # noqa: S314 - our own
    assert len(said) == 4


def test_a_peer_that_takes_twice_as_long_makes_ours_twice_as_fast() -> None:
    own = {"cpu_seconds": 3.0, "stages": {REST: 1.0}}
    beside = {"ours": own, "peers": {"pandas": {"cpu_seconds": 6.0, "start_cpu_seconds": 3.0}}}
    assert ratios(beside) == {"peers": {"pandas": 2.0}, "peers_without_start": {"pandas": 1.5}}


@pytest.fixture(scope="module")
def stream() -> Stream:
    return Stream(EVENTS_COUNT, hours_count=2)


def test_both_layouts_hold_the_same_lines(stream: Stream, tmp_path: Path) -> None:
    folders = {500: tmp_path / "large", 10: tmp_path / "small"}
    assert write_stream(stream, folders) == EVENTS_COUNT
    large, small = (lines_in(folder) for folder in folders.values())
    assert large == small
    assert len(large) == EVENTS_COUNT
    assert len(list(folders[10].rglob("*.json.gz"))) == EVENTS_COUNT // 10


def test_the_same_numbers_give_the_same_events(stream: Stream) -> None:
    assert lines_of_hour(stream, 1) == lines_of_hour(stream, 1)
    assert lines_of_hour(stream, 1) != lines_of_hour(Stream(EVENTS_COUNT, hours_count=2, seed=2), 1)
