"""A migration while the ETL runs: no run is lost, nothing is loaded twice, and nobody waits without end."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from migrate_database import MIGRATIONS, Migration, MigrationError, Patience, migrate, migrations_in

from local_stack.testing import private_stack
from tests.etl.events import START, event, raw_object
from tests.warehouse.pipeline import Pipeline, start_pipeline

ROOT = Path(__file__).parents[2]
EXAMPLE = """
alter table warehouse.fact_events add column weekday_number integer;
create index fact_events_weekday_idx on warehouse.fact_events (weekday_number);
create table mart.weekdays (weekday_number integer primary key, events_count bigint not null);
update warehouse.fact_events set weekday_number = extract(isodow from event_date);
insert into mart.weekdays (weekday_number, events_count)
select weekday_number, count(*) from warehouse.fact_events group by weekday_number;
select pg_sleep(2);
"""
_QUICKLY = Patience(writers_seconds=0.4, table_seconds=0.2, attempts=2, pause_seconds=0.2)


@dataclass
class Warehouse:
    """A warehouse of this module's own, since its schema changes, and a folder for new migrations."""

    pipeline: Pipeline
    folder: Path

    def migrate(self, name: str, text: str, patience: Patience | None = None) -> list[str]:
        """Apply one more migration; return what was told meanwhile."""
        (self.folder / f"{name}.sql").write_text(text)
        told: list[str] = []
        with psycopg.connect(
            self.pipeline.owner_dsn, autocommit=True, application_name="migrate"
        ) as connection:
            migrate(connection, self.migrations(), told.append, patience)
        return told

    def migrations(self) -> list[Migration]:
        return sorted(
            [*migrations_in(MIGRATIONS["warehouse"]), *migrations_in(self.folder)], key=lambda one: one.name
        )

    def has_column(self, column: str) -> bool:
        query = "select exists (select from information_schema.columns where column_name = %s)"
        return bool(self.pipeline.query(query, column)[0][0])


@pytest.fixture(scope="module")
def own_pipeline() -> Iterator[Pipeline]:
    with private_stack(("postgres",)) as running:
        with psycopg.connect(running.dsn("owner"), autocommit=True) as connection:
            migrate(connection, migrations_in(MIGRATIONS["warehouse"]), lambda _line: None)
        yield from start_pipeline(running.dsn("owner"), running.libpq_fields("loader"))


@pytest.fixture
def warehouse(own_pipeline: Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Warehouse]:
    for name, value in own_pipeline.environment.items():
        monkeypatch.setenv(name, value)
    own_pipeline.empty()
    yield Warehouse(own_pipeline, tmp_path)
    with psycopg.connect(own_pipeline.owner_dsn) as connection:
        connection.execute("delete from migration.applied where name >= '9'")


@contextmanager
def load_loop(pipeline: Pipeline, folder: Path) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Let runs go on beside the test; yields what tells their outcomes until now."""
    environment = {**pipeline.environment, "PYTHONPATH": f"{ROOT}:{ROOT}/scripts:{ROOT}/lambda_src"}
    command = [sys.executable, "-m", "tests.warehouse.load_loop", str(folder)]
    process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL)
    told = folder / "runs"

    def outcomes() -> list[dict[str, Any]]:
        lines = told.read_text().splitlines(keepends=True) if told.exists() else []
        return [json.loads(line) for line in lines if line.endswith("\n")]

    try:
        yield outcomes
        (folder / "stop").touch()
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait(timeout=10)


def wait_until(is_met: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 90
    while not is_met():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def loaded(outcomes: list[dict[str, Any]]) -> int:
    return sum(run["outcome"] == "loaded" for run in outcomes)


def test_migration_under_load_loses_no_run_and_doubles_nothing(warehouse: Warehouse) -> None:
    pipeline = warehouse.pipeline
    with load_loop(pipeline, warehouse.folder) as outcomes:
        wait_until(lambda: loaded(outcomes()) >= 3, "runs must go on before the migration")
        told = warehouse.migrate("9001_add_weekday", EXAMPLE)
        before = len(outcomes())
        wait_until(lambda: loaded(outcomes()[before:]) >= 3, "runs must go on after the migration")
    assert told[-1] == "applied 9001_add_weekday"
    assert pipeline.run({"from_date": "2026-03-02", "to_date": "2026-03-02"})["backlog_hours_count"] == 0
    found = outcomes()
    others = {run["outcome"] for run in found} - {"loaded", "transient"}
    assert not others, "a run that meets a migration fails transiently, or not at all"
    stored = sum(run["events"] for run in found)
    # of each batch one event is a copy, and of the first one within the batch
    assert pipeline.account() == (stored, stored - len(found), 0, len(found))
    assert pipeline.query("select count(*), count(distinct event_id) from fact_events") == [
        (stored - len(found), stored - len(found))
    ]
    assert pipeline.broken_checks() == []
    # the runs before it are in its table, those after it were the same, older code
    filled, after = pipeline.query(
        "select count(weekday_number), count(*) - count(weekday_number) from fact_events"
    )[0]
    assert filled >= 3 * 39
    assert after >= 3 * 39
    assert pipeline.query("select events_count from mart.weekdays") == [(filled,)]


def test_migration_waits_for_a_run_and_says_so(warehouse: Warehouse) -> None:
    with psycopg.connect(warehouse.pipeline.owner_dsn, application_name="etl") as run:
        run.execute("select pg_advisory_lock(740031106)")
        release = threading.Timer(1.5, run.close)
        release.start()
        told = warehouse.migrate("9002_add_wait", "alter table warehouse.fact_orders add column waited text")
        release.join()
    assert told[0].startswith("waiting until etl has ended, 960 s at most")
    assert told[1:] == ["applied 9002_add_wait"]


def test_run_that_does_not_end_is_named_and_nothing_is_changed(warehouse: Warehouse) -> None:
    statement = "alter table warehouse.fact_orders add column too_soon text"
    with psycopg.connect(warehouse.pipeline.owner_dsn, application_name="etl") as run:
        run.execute("select pg_advisory_lock(740031106)")
        with pytest.raises(MigrationError, match=r"etl is still at work .* let it end, then run this again"):
            warehouse.migrate("9003_add_too_soon", statement, _QUICKLY)
        assert not warehouse.has_column("too_soon")
    warehouse.migrate("9003_add_too_soon", statement, _QUICKLY)
    assert warehouse.has_column("too_soon")


def test_refused_migration_leaves_the_lock_to_the_next_run(warehouse: Warehouse) -> None:
    warehouse.pipeline.put(raw_object([event("a", START)], START))
    broken = Migration("9004_add_nonsense", "alter table warehouse.no_such_table add column x text")
    with psycopg.connect(warehouse.pipeline.owner_dsn, autocommit=True) as owner:
        with pytest.raises(MigrationError, match="left nothing behind"):
            migrate(owner, [*warehouse.migrations(), broken], lambda _line: None)
        assert warehouse.pipeline.run()["loaded_count"] == 1


def test_table_in_use_is_asked_for_again_and_its_other_users_hardly_wait(warehouse: Warehouse) -> None:
    statement = "alter table warehouse.fact_events add column patient text"
    waits: list[float] = []
    with psycopg.connect(warehouse.pipeline.owner_dsn, application_name="analyst") as analyst:
        analyst.execute("select count(*) from warehouse.fact_events")  # the transaction stays open
        release = threading.Timer(2.0, analyst.close)
        release.start()
        patience = Patience(table_seconds=0.3, attempts=20, pause_seconds=0.3)
        migration = threading.Thread(target=warehouse.migrate, args=("9005_add_patient", statement, patience))
        migration.start()
        while migration.is_alive():
            started = time.monotonic()
            warehouse.pipeline.query("select count(*) from warehouse.fact_events")
            waits.append(time.monotonic() - started)
        release.join()
    assert warehouse.has_column("patient")
    assert max(waits) < 1.5, "readers wait for one attempt at most, not for the migration"


def test_table_that_stays_in_use_ends_the_migration_with_who_uses_it(warehouse: Warehouse) -> None:
    with psycopg.connect(warehouse.pipeline.owner_dsn, application_name="analyst") as analyst:
        analyst.execute("select count(*) from warehouse.fact_events")
        with pytest.raises(MigrationError, match=r"in use by analyst, and left nothing behind"):
            warehouse.migrate(
                "9006_add_never", "alter table warehouse.fact_events add column never text", _QUICKLY
            )
    assert not warehouse.has_column("never")


def test_nothing_to_apply_waits_for_nobody(warehouse: Warehouse) -> None:
    with (
        psycopg.connect(warehouse.pipeline.owner_dsn) as run,
        psycopg.connect(warehouse.pipeline.owner_dsn, autocommit=True) as owner,
    ):
        run.execute("select pg_advisory_lock(740031106)")
        assert migrate(owner, warehouse.migrations(), lambda _line: None, _QUICKLY) == []


def test_newer_code_on_an_older_schema_loads_nothing_until_the_migration(warehouse: Warehouse) -> None:
    pipeline = warehouse.pipeline
    with psycopg.connect(pipeline.owner_dsn) as owner:
        owner.execute("alter table warehouse.fact_events drop column content")
    pipeline.put(raw_object([event("a", START)], START))
    with pytest.raises(psycopg.errors.UndefinedColumn):
        pipeline.run()
    assert pipeline.account() == (0, 0, 0, 0)
    warehouse.migrate("9007_add_content", "alter table warehouse.fact_events add column content text")
    assert pipeline.run()["loaded_count"] == 1
    assert pipeline.broken_checks() == []
