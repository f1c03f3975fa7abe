"""Exactly once: resent, repeated, killed and concurrent runs lose nothing and count nothing twice."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest
from etl.batch import read_batch
from etl.errors import TransientError
from etl.load import Loader
from etl.plan import groups

from tests.etl.events import START, event, minutes, raw_object
from tests.warehouse.pipeline import Pipeline

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
BROKEN = "events/dt=2026-03-02/hr=10/broken.json.gz"


def test_batch_sent_twice_is_loaded_once(pipeline: Pipeline) -> None:
    events = [event("a", START), event("b", minutes(1))]
    pipeline.put(raw_object(events, minutes(2), batch="x"), raw_object(events, minutes(70), batch="x"))
    pipeline.run()
    assert pipeline.account() == (4, 2, 0, 2)
    assert pipeline.sessions() == [(START, minutes(1), 2)]


def test_second_run_changes_nothing(pipeline: Pipeline) -> None:
    pipeline.put(raw_object([event("a", START)], START))
    pipeline.run()
    before = pipeline.content(), pipeline.processed()
    assert pipeline.run()["stored_count"] == 0
    assert (pipeline.content(), pipeline.processed()) == before


def test_event_sent_again_after_midnight_is_one_row(pipeline: Pipeline) -> None:
    late = datetime(2026, 3, 2, 23, 59, 50, tzinfo=UTC)
    for minute in (0, 5):
        received_at = late + timedelta(minutes=minute)
        pipeline.put(raw_object([event("a", late)], received_at, batch=str(minute)))
        pipeline.run()
    assert pipeline.query("select count(*) from fact_events") == [(1,)]


def test_copy_received_first_wins_though_it_is_loaded_later(pipeline: Pipeline) -> None:
    first = raw_object([event("a", START, params={"n": 1}), event("b", minutes(1))], minutes(2), batch="1")
    second = raw_object([event("a", START, params={"n": 2})], minutes(3), batch="2", user_agent=GOOGLEBOT)
    pipeline.put(second)
    pipeline.run()
    assert pipeline.query("select sum(bot_count) from mart.account_hourly") == [(1,)]
    pipeline.put(first)
    pipeline.run()
    assert pipeline.query("select params ->> 'n' from fact_events order by 1") == [("1",), (None,)]
    assert pipeline.account() == (3, 2, 0, 1)
    assert pipeline.query("select sum(bot_count) from mart.account_hourly") == [(0,)]


def test_two_runs_never_work_at_once(pipeline: Pipeline) -> None:
    pipeline.put(raw_object([event("a", START)], START))
    with psycopg.connect(pipeline.owner_dsn) as other:
        other.execute("select pg_advisory_lock(740031106)")
        with pytest.raises(TransientError, match="another ETL run"):
            pipeline.run()
    assert pipeline.run()["loaded_count"] == 1


def wait_until(is_met: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not is_met():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@contextmanager
def run_in_its_own_process(pipeline: Pipeline) -> Iterator[subprocess.Popen[bytes]]:
    code = (
        "from tests.warehouse.pipeline import TimeLeft; from etl.handler import handler;"
        "handler({'from_date': '2026-03-02', 'to_date': '2026-03-02'}, TimeLeft())"
    )
    root = Path(__file__).parents[2]
    environment = {**pipeline.environment, "PYTHONPATH": f"{root}:{root}/scripts:{root}/lambda_src"}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=10)


def test_run_that_is_killed_before_its_commit_loses_nothing(pipeline: Pipeline) -> None:
    pipeline.put(raw_object([event("a", START), event("b", minutes(1))], minutes(2)))
    with psycopg.connect(pipeline.owner_dsn) as blocker:
        # the run writes its processed file, then waits for this lock inside its transaction
        blocker.execute("lock table warehouse.fact_sessions in access exclusive mode")
        with run_in_its_own_process(pipeline):
            is_waiting = "select count(*) > 0 from pg_locks where not granted"
            wait_until(lambda: pipeline.query(is_waiting)[0][0], "the run must come to its transaction")
            half_done = pipeline.processed()
            assert list(half_done) == ["events/dt=2026-03-02/hr=10/events.parquet"]
    assert pipeline.query("select count(*) from fact_events") == [(0,)]
    is_gone = "select count(*) = 0 from pg_stat_activity where application_name = 'etl'"
    wait_until(lambda: pipeline.query(is_gone)[0][0], "the killed run's connection must end")
    assert pipeline.run()["loaded_count"] == 2
    assert pipeline.processed() == half_done
    assert pipeline.account() == (2, 2, 0, 0)


def parts_loaded(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return a list that grows by one for each part that is loaded from now on."""
    found: list[object] = []
    account = Loader._account

    def noted(*arguments: object) -> object:
        found.append(arguments)
        return account(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Loader, "_account", noted)
    return found


def test_hour_with_more_than_is_loaded_at_once_is_loaded_in_parts_of_one_transaction(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits = [[event(f"{n}-{m}", minutes(n + m), visitor=f"v{m % 3}") for m in range(4)] for n in range(9)]
    objects = [raw_object(events, minutes(20 + n), batch=str(n)) for n, events in enumerate(visits)]
    pipeline.put(
        *objects, raw_object(visits[0] + visits[8], minutes(40), batch="again"), (BROKEN, b"no gzip")
    )
    pipeline.run()
    whole = pipeline.content(), pipeline.processed(), pipeline.account()
    pipeline.empty_warehouse()
    monkeypatch.setattr("etl.batch.MAX_EVENTS_AT_ONCE", 10)
    parts = parts_loaded(monkeypatch)
    pipeline.run()
    assert (pipeline.content(), pipeline.processed(), pipeline.account()) == whole
    assert len(parts) > 3
    assert pipeline.query("select count(distinct xmin::text) from etl.objects") == [(1,)]


def test_several_batches_are_one_transaction(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    hours = [[event(f"{hour}-{n}", minutes(61 * hour + n)) for n in range(3)] for hour in range(5)]
    objects = [raw_object(events, minutes(61 * hour + 5)) for hour, events in enumerate(hours)]
    pipeline.put(*objects)
    pipeline.run()
    whole = pipeline.content(), pipeline.processed(), pipeline.account()
    pipeline.empty_warehouse()
    most = 2 * max(len(body) for _, body in objects)
    monkeypatch.setattr("etl.run.groups", partial(groups, max_bytes=most, max_batch_bytes=1))
    parts = parts_loaded(monkeypatch)
    pipeline.run()
    assert (pipeline.content(), pipeline.processed(), pipeline.account()) == whole
    assert len(parts) == 5
    assert pipeline.query("select count(distinct xmin::text) from etl.objects") == [(3,)]


def test_batch_that_cannot_be_read_keeps_nothing_back_that_came_before_it(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = [[event(f"{hour}-{n}", minutes(61 * hour + n)) for n in range(3)] for hour in range(4)]
    pipeline.put(*(raw_object(events, minutes(61 * hour + 5)) for hour, events in enumerate(hours)))
    pipeline.run()
    whole = pipeline.content()
    pipeline.empty_warehouse()
    monkeypatch.setattr("etl.run.groups", partial(groups, max_batch_bytes=1))
    answers = iter([read_batch, read_batch])

    def read_until_s3_is_gone(*arguments: object) -> object:
        try:
            return next(answers)(*arguments)  # type: ignore[arg-type]
        except StopIteration:
            raise TransientError("S3 is gone") from None

    with monkeypatch.context() as patch:
        patch.setattr("etl.run.read_batch", read_until_s3_is_gone)
        with pytest.raises(TransientError, match="S3 is gone"):
            pipeline.run()
    assert pipeline.account() == (6, 6, 0, 0)
    assert pipeline.broken_checks() == []
    assert pipeline.run()["loaded_count"] == 6
    assert pipeline.content() == whole


def test_time_that_runs_out_within_an_hour_leaves_its_other_parts_for_the_next_run(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline.put(*(raw_object([event(str(n), minutes(n))], minutes(n)) for n in range(6)))
    pipeline.run()
    whole = pipeline.content()
    pipeline.empty_warehouse()
    monkeypatch.setattr("etl.batch.MAX_EVENTS_AT_ONCE", 2)
    # the first part begins with time left, the second does not
    answer = pipeline.run(seconds_left=61, seconds_of_a_look=1)
    assert (answer["objects_count"], answer["backlog_hours_count"]) == (2, 1)
    assert pipeline.query("select complete_to is null from etl.runs") == [(True,)]
    assert pipeline.run()["objects_count"] == 4
    assert pipeline.content() == whole
