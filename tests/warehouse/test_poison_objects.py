"""Poison objects: each is quarantined with its reason, in bounded memory, and holds up nothing else."""

import gzip
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from contract.raw_lines import KEPT_BYTES
from etl import raw_store
from etl.errors import TransientError
from etl.plan import RawObject, Window
from obstore.store import S3Store

from tests.etl.events import START, event, minutes, raw_object
from tests.warehouse.pipeline import Pipeline

HOUR = "events/dt=2026-03-02/hr=10/"
GOOD = raw_object([event("a", START), event("b", minutes(1))], minutes(2))
LINES = gzip.decompress(GOOD[1])
# name: (body, {(reason, line number)}, lines that are loaded beside it)
POISON: dict[str, tuple[bytes, set[tuple[str, int]], int]] = {
    "empty": (b"", {("unreadable", 0)}, 0),
    "no gzip": (b"this is no gzip", {("unreadable", 0)}, 0),
    "truncated": (gzip.compress(LINES)[:-20], {("unreadable", 0)}, 0),
    "wrong checksum": (gzip.compress(LINES)[:-8] + bytes(8), {("unreadable", 0)}, 0),
    "zlib instead of gzip": (zlib.compress(LINES), {("unreadable", 0)}, 0),
    "not JSON": (gzip.compress(b"<html>\n\n</html>\n"), {("invalid", 1), ("invalid", 3)}, 0),
    "JSON of another kind": (gzip.compress(b'[]\n"x"\nnull\n{}'), {("invalid", n) for n in range(1, 5)}, 0),
    "NUL": (gzip.compress(b"\0\n" + LINES), {("invalid", 1)}, 2),
    "UTF-16": (gzip.compress(LINES.decode().encode("utf-16")), {("invalid", n) for n in (1, 2, 3)}, 0),
    "lone surrogates": (
        gzip.compress(LINES.replace(b"page_view", b"\\ud800x", 1)),
        {("invalid", 1)},
        1,
    ),
    "half a character": (gzip.compress(LINES.replace(b"page_view", b"\xed\xa0\x80", 1)), {("invalid", 1)}, 1),
    "deep nesting": (gzip.compress(b"[" * 100_000 + b"]" * 100_000 + b"\n" + LINES), {("invalid", 1)}, 2),
    "long line": (gzip.compress(b"x" * 300_000 + b"\n" + LINES), {("too_long", 1)}, 2),
    "unknown field with a control character": (
        gzip.compress(LINES.replace(b'"event_name"', b'"a\\u0001b":1,"event_name"', 1)),
        {("invalid", 1)},
        1,
    ),
}


@pytest.mark.parametrize("case", POISON)
def test_poison_object_is_quarantined_with_its_reason(pipeline: Pipeline, case: str) -> None:
    body, expected, loaded_count = POISON[case]
    other = raw_object([event("c", minutes(3))], minutes(4))
    pipeline.put((f"{HOUR}poison.json.gz", body), other)
    pipeline.run()
    found = pipeline.query("select reason, line_number, detail from etl.rejects")
    assert {(reason, line_number) for reason, line_number, _ in found} == expected
    assert all(detail for _, _, detail in found)
    loaded, rejected = loaded_count + 1, len(expected)
    assert pipeline.account() == (loaded + rejected, loaded, rejected, 0)
    assert pipeline.broken_checks() == []
    assert pipeline.run()["stored_count"] == 0


@pytest.mark.parametrize(
    "key",
    [
        "events/dt=2026-03-02/",
        "events/dt=2026-03-02/notes.txt",
        "events/dt=2026-03-02/hr=25/x.json.gz",
        "events/dt=2026-03-02/hr=10/deeper/x.json.gz",
        "events/dt=2026-03-02/dt=1999-01-01/hr=01/x.json.gz",
    ],
)
def test_object_whose_key_names_no_hour_is_quarantined(pipeline: Pipeline, key: str) -> None:
    pipeline.s3.put_object(Bucket="raw", Key=key, Body=GOOD[1])
    pipeline.put(GOOD)
    pipeline.run()
    assert pipeline.query("select reason, line_number from etl.rejects") == [("misplaced", 0)]
    assert pipeline.account()[1] == 2
    assert pipeline.run()["stored_count"] == 0


def test_object_outside_any_day_does_not_hide_the_first_day(pipeline: Pipeline) -> None:
    pipeline.put(("events/README.txt", b"hello"), GOOD)
    assert pipeline.run({})["loaded_count"] == 2


def test_object_above_the_limit_is_not_even_read(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_store, "MAX_OBJECT_BYTES", 1000)
    pipeline.put((f"{HOUR}large.json.gz", b"x" * 1001), GOOD)
    pipeline.run()
    assert pipeline.query("select reason, line from etl.rejects") == [("too_large", b"")]
    assert pipeline.account() == (3, 2, 1, 0)


def test_object_that_vanishes_after_it_was_listed_holds_up_nothing(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = f"{HOUR}gone.json.gz"
    pipeline.put((gone, GOOD[1]), GOOD)
    listed = raw_store.listed_objects

    def listed_then_deleted(store: S3Store, window: Window) -> list[RawObject]:
        found = list(listed(store, window))
        pipeline.s3.delete_object(Bucket="raw", Key=gone)
        return found

    monkeypatch.setattr(raw_store, "listed_objects", listed_then_deleted)
    pipeline.run()
    rows = "select object_key, reason from etl.rejects join etl.objects using (object_id)"
    assert pipeline.query(rows) == [(gone, "vanished")]
    assert pipeline.account() == (3, 2, 1, 0)


def test_store_that_fails_is_waited_for_and_nothing_is_called_vanished(pipeline: Pipeline) -> None:
    store = S3Store("raw", client_options={"allow_http": True})
    pipeline.put(GOOD)
    assert raw_store.is_listed(store, GOOD[0])
    assert not raw_store.is_listed(store, GOOD[0][:-1])
    dead = S3Store(
        "raw",
        endpoint="http://127.0.0.1:9",
        client_options={"allow_http": True},
        retry_config={"max_retries": 0},
    )
    with pytest.raises(TransientError, match="can't read"):
        list(raw_store.bodies(dead, [RawObject(GOOD[0], 1)]))


def peak_bytes_of_a_run(pipeline: Pipeline) -> int:
    """Run the ETL in a process of its own; return the most memory that it had."""
    code = (
        "from tests.warehouse.pipeline import TimeLeft; from etl.handler import handler;"
        "handler({'from_date': '2026-03-02', 'to_date': '2026-03-02'}, TimeLeft());"
        # getrusage would know the memory of the process that started this one, too
        "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    )
    root = Path(__file__).parents[2]
    environment = {**pipeline.environment, "PYTHONPATH": f"{root}:{root}/scripts:{root}/lambda_src"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, timeout=120
    )
    return int(done.stdout.split()[-1]) * 1024


def test_line_of_500_megabytes_takes_little_more_memory_than_a_short_one(pipeline: Pipeline) -> None:
    packer = zlib.compressobj(6, wbits=31)
    parts = [packer.compress(LINES), *(packer.compress(b"x" * 1_000_000) for _ in range(500))]
    body = b"".join([*parts, packer.compress(b"\n" + LINES.replace(b"2026", b"2027")), packer.flush()])
    pipeline.put(raw_object([event("z", START)], START))
    usual_bytes = peak_bytes_of_a_run(pipeline)
    pipeline.put((f"{HOUR}long.json.gz", body))
    assert peak_bytes_of_a_run(pipeline) < usual_bytes + 64 * 1024 * 1024
    rows = "select reason, line_number, line_size_bytes, length(line) from etl.rejects"
    assert pipeline.query(rows) == [("too_long", 3, 500_000_000, KEPT_BYTES)]
    assert pipeline.account() == (6, 3, 1, 2)
