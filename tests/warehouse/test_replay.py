"""A replay gives what raw says, proves it by checksums, hides nothing meanwhile, and never loses an event."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

import psycopg
import pytest
import replay as replay_script
from contract.bucket import open_bucket
from etl import replay as replay_module
from etl.database import OPTIONS, take_run_lock
from etl.errors import TerminalError, TransientError
from etl.load import Loader
from etl.plan import Window, groups
from etl.replay import Replayed
from etl.run import Stores
from replay import Proof, replay_and_prove, wait_for_lock
from warehouse_checksums import Checksums, differences

from tests.etl.events import START, event, minutes, raw_object
from tests.warehouse.damages import DAMAGES, damage
from tests.warehouse.pipeline import Pipeline
from tests.warehouse.test_any_order import stormy_day

WINDOW = Window(date(2026, 3, 2), date(2026, 3, 3))
NOW = datetime(2026, 3, 9, tzinfo=UTC)


@pytest.fixture
def stores(pipeline: Pipeline) -> Iterator[Stores]:
    """Return the stores as the replay opens them, with its own connection."""
    with psycopg.connect(_loader_dsn(pipeline), options=OPTIONS, autocommit=True) as connection:
        yield Stores(open_bucket("raw", 60, 5), open_bucket("processed", 60, 5), connection)


def _loader_dsn(pipeline: Pipeline) -> str:
    body = pipeline.s3.get_object(Bucket="artifacts", Key="secrets/warehouse-loader.json")["Body"].read()
    return psycopg.conninfo.make_conninfo(**json.loads(body))


def replayed(stores: Stores, window: Window = WINDOW) -> Proof:
    return replay_and_prove(stores, window, NOW, Replayed())


def in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every receive hour be a batch of its own, with a transaction of its own."""
    monkeypatch.setattr(replay_module, "groups", partial(groups, max_bytes=1, max_batch_bytes=1))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("is_in_parts", [False, True])
def test_replay_of_what_is_as_raw_says_is_identical(
    pipeline: Pipeline, stores: Stores, monkeypatch: pytest.MonkeyPatch, seed: int, is_in_parts: bool
) -> None:
    pipeline.put(*stormy_day(seed))
    pipeline.run()
    before = pipeline.content(), pipeline.processed()
    if is_in_parts:
        in_parts(monkeypatch)
    proof = replayed(stores)
    assert proof.is_identical
    assert proof.checksums_count > 10
    assert "identical" in proof.rendered()
    assert (pipeline.content(), pipeline.processed()) == before
    assert pipeline.broken_checks() == []


@pytest.mark.parametrize("case", DAMAGES)
def test_damage_done_by_hand_is_repaired_and_named_by_table_and_day(
    pipeline: Pipeline, stores: Stores, case: str
) -> None:
    table, statement = DAMAGES[case]
    pipeline.put(*stormy_day(1))
    pipeline.run()
    before = pipeline.content()
    days = damage(pipeline, statement)
    assert days
    assert pipeline.content() != before
    proof = replayed(stores)
    assert pipeline.content() == before
    assert [(found.table, found.day) for found in proof.changed] == [(table, day) for day in days]
    assert all(f"{table} {day}" in proof.rendered() for day in days)
    assert replayed(stores).is_identical


def test_damage_is_repaired_in_parts_too(
    pipeline: Pipeline, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_parts(monkeypatch)
    pipeline.put(*stormy_day(0))
    pipeline.run()
    before = pipeline.content()
    for _, statement in DAMAGES.values():
        damage(pipeline, statement)
    assert not replayed(stores).is_identical
    assert pipeline.content() == before


def test_damaged_or_missing_processed_file_is_written_anew_and_named(
    pipeline: Pipeline, stores: Stores
) -> None:
    pipeline.put(raw_object([event("a", START)], START), raw_object([event("b", START)], minutes(70)))
    pipeline.run()
    before = pipeline.processed()
    first, second = sorted(before)
    pipeline.s3.put_object(Bucket="processed", Key=first, Body=b"x")
    assert replayed(stores).rewritten_keys == [first]
    pipeline.s3.delete_object(Bucket="processed", Key=second)
    assert replayed(stores).rewritten_keys == [second]
    assert pipeline.processed() == before


def test_days_outside_the_range_are_left_alone(pipeline: Pipeline, stores: Stores) -> None:
    later = datetime(2026, 3, 5, 10, tzinfo=UTC)
    pipeline.put(raw_object([event("a", START)], START), raw_object([event("b", later)], later))
    pipeline.run()
    damage(pipeline, "update fact_events set channel = 'x' returning event_date")
    proof = replayed(stores)
    assert [(found.table, found.day) for found in proof.changed] == [("warehouse.fact_events", "2026-03-02")]


def test_readers_see_whole_content_at_every_moment(
    pipeline: Pipeline, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_parts(monkeypatch)
    pipeline.put(*stormy_day(2))
    pipeline.run()
    seen: set[tuple[object, ...]] = set()
    figures = (
        "select (select count(*) from fact_events), (select sum(events_count) from mart.traffic_hourly),"
        " (select sum(revenue) from mart.traffic_hourly), (select sum(loaded_count) from etl.objects)"
    )
    is_over = threading.Event()

    def look() -> None:
        while not is_over.is_set():
            seen.update(pipeline.query(figures))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        replayed(stores)
    finally:
        is_over.set()
        looking.join()
    assert seen == set(pipeline.query(figures))


def test_replay_that_is_interrupted_is_whole_so_far_and_can_be_repeated(
    pipeline: Pipeline, stores: Stores, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    in_parts(monkeypatch)
    pipeline.put(*stormy_day(3))
    pipeline.run()
    before = pipeline.content()
    damage(pipeline, "update fact_events set channel = 'x' returning event_date")
    account = Loader._account
    calls = iter(range(100))

    def account_and_stop(*arguments: object) -> object:
        if next(calls) == 5:
            raise KeyboardInterrupt  # within the transaction
        return account(*arguments)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Loader, "_account", account_and_stop)
        with pytest.raises(KeyboardInterrupt):
            replayed(stores)
    said = capsys.readouterr().out
    assert "5 of " in said
    assert "warehouse.fact_events 2026-03-02" in said
    assert pipeline.broken_checks() == []
    replayed(stores)
    assert pipeline.content() == before


def test_replay_waits_for_the_etl_and_then_refuses(pipeline: Pipeline, stores: Stores) -> None:
    with psycopg.connect(pipeline.owner_dsn, autocommit=True) as other:
        assert take_run_lock(other)
        with pytest.raises(TransientError, match="still at work after"):
            wait_for_lock(stores.warehouse, 0.1)
    wait_for_lock(stores.warehouse, 5)
    with pytest.raises(TransientError, match="another ETL run"):
        pipeline.run()


def test_replay_refuses_to_forget_events_that_raw_no_longer_holds(pipeline: Pipeline, stores: Stores) -> None:
    old = raw_object([event("a", START)], START)
    pipeline.put(old, raw_object([event("b", minutes(1))], minutes(1)))
    pipeline.run()
    before = pipeline.content()
    pipeline.s3.delete_object(Bucket="raw", Key=old[0])
    with pytest.raises(TerminalError, match="1 objects with 1 loaded events"):
        replayed(stores)
    assert pipeline.content() == before


def test_checksums_that_came_and_went_are_differences() -> None:
    before: Checksums = {("t", "1"): (1, "a"), ("t", "2"): (1, "b")}
    after: Checksums = {("t", "2"): (1, "c"), ("t", "3"): (2, "d")}
    changed = [(found.day, found.rows_before, found.rows_after) for found in differences(before, after)]
    assert changed == [("1", 1, 0), ("2", 1, 1), ("3", 0, 2)]


def test_command_says_by_its_exit_code_whether_anything_changed(pipeline: Pipeline) -> None:
    pipeline.put(raw_object([event("a", START)], START))
    pipeline.run()
    root = Path(__file__).parents[2]
    fields = psycopg.conninfo.conninfo_to_dict(_loader_dsn(pipeline))
    environment = {
        **os.environ, **pipeline.environment,
        "PYTHONPATH": f"{root}/scripts:{root}/lambda_src",
        "PGHOST": str(fields["host"]), "PGPORT": str(fields["port"]), "PGDATABASE": str(fields["dbname"]),
        "PGUSER": str(fields["user"]), "PGPASSWORD": str(fields["password"]),
    }  # fmt: skip
    command = [sys.executable, "scripts/replay.py", "--from", "2026-03-02", "--to", "2026-03-02"]

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, env=environment, cwd=root, capture_output=True, text=True, check=False, timeout=120
        )

    same = run()
    assert (same.returncode, "identical: all" in same.stdout) == (replay_script.IDENTICAL, True), same.stderr
    damage(pipeline, "update fact_events set channel = 'x' returning event_date")
    other = run()
    assert (other.returncode, "fact_events 2026-03-02: other content" in other.stdout) == (2, True)
