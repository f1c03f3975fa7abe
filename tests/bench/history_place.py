"""Where an hour is measured: a warehouse with a history of so many days, and the present anew each time."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from migrate_database import MIGRATIONS, migrate, migrations_in

from local_stack import podman, postgres
from local_stack.state import StackState
from local_stack.testing import private_stack
from tests.bench import shop_traffic, warehouse_history
from tests.bench.realistic_events import Stream, hour_objects, lines_of_hour
from tests.warehouse.pipeline import Pipeline, start_pipeline

TODAY = date(2026, 6, 10)
YESTERDAY = TODAY - timedelta(days=1)
EVENTS_PER_OBJECT = 5_000
BYTES_PER_EVENT = 550
# as on the host of the price list (roles/postgresql); nothing but the run works while it is measured
_SETTINGS = {
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_planning": "on",
    "default_statistics_target": "500",
    "random_page_cost": "4",
    "effective_cache_size": "1440MB",
    "jit": "off",
    "autovacuum": "off",
}
_FILL = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


@dataclass(frozen=True)
class Place:
    """A warehouse, the pipeline over it, and the stream whose hours are loaded."""

    state: StackState
    pipeline: Pipeline
    stream: Stream
    events_per_day: int

    def connect(self) -> psycopg.Connection[Any]:
        """Return the owner's connection."""
        return psycopg.connect(self.state.dsn("owner"), autocommit=True)

    def settings(self, values: dict[str, str | None]) -> None:
        """Let the cluster have these settings; None: its own."""
        lines = [
            f"alter system reset {name};" if value is None else f"alter system set {name} = '{value}';"
            for name, value in values.items()
        ]
        postgres.run_sql(self.state, "\n".join([*lines, "select pg_reload_conf();"]))

    def superuser(self, text: str) -> list[list[str]]:
        """Return rows of the warehouse, as the superuser sees them."""
        answer = postgres.run_sql(
            self.state, f"\\connect warehouse\n\\pset fieldsep '\x1f'\n\\pset recordsep '\x1e'\n{text}"
        )
        return [line.strip("\n").split("\x1f") for line in answer.split("\x1e") if line.strip()]

    def forget_today(self) -> None:
        """Remove today's raw objects."""
        for key in self.pipeline.keys("raw"):
            if f"dt={TODAY}" in key:
                self.pipeline.s3.delete_object(Bucket="raw", Key=key)

    def server_seconds(self) -> float:
        """Return what the server's ended processes used of the processor, such as a run's connection."""
        name = self.state.container_name("postgres")
        pid = podman.podman("inspect", "--format", "{{.State.Pid}}", name).stdout.decode().strip()
        ticks = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[13:15]
        return sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def load_yesterday(place: Place) -> None:
    """Yesterday is as the ETL loads it."""
    day = Stream(place.events_per_day, 24, datetime(*YESTERDAY.timetuple()[:3], tzinfo=UTC), seed=2)
    for hour in range(24):
        place.pipeline.put(*hour_objects(lines_of_hour(day, hour), EVENTS_PER_OBJECT))
    place.pipeline.run()


def restore_yesterday(place: Place) -> None:
    """Yesterday is as it was before any hour was measured, and today is gone."""
    place.forget_today()
    with place.connect() as connection, connection.transaction():
        warehouse_history.restore(connection, YESTERDAY)


def fill(place: Place, first: int, last: int) -> None:
    """Make history of these days before yesterday."""
    free_bytes = shutil.disk_usage(place.state.directory).free
    wanted_bytes = (last - first + 1) * place.events_per_day * BYTES_PER_EVENT
    if free_bytes < wanted_bytes + 5 * 1024**3:
        sys.exit(
            f"{wanted_bytes / 1e9:.0f} GB and 5 to spare must be free below {place.state.directory}, and"
            f" {free_bytes / 1e9:.0f} are; ask for less by --events"
        )
    place.settings(dict(_FILL))
    with place.connect() as connection:
        for days in warehouse_history.copy_days(connection, YESTERDAY, first, last):
            print(f"{days} of {last} days made", flush=True)
    place.settings(dict.fromkeys(_FILL))


def look_after(place: Place, *, is_all: bool) -> None:
    """Do what autovacuum would have done by now; of the days long gone a small sample is enough."""
    with place.connect() as connection:
        if is_all:
            connection.execute("set default_statistics_target = 10")
            connection.execute("vacuum analyze")
            connection.execute("reset default_statistics_target")
            connection.execute(
                "analyze warehouse.fact_event_items, warehouse.fact_sessions, warehouse.fact_orders"
            )
        changed = connection.execute(
            "select relid::regclass::text from pg_stat_user_tables"
            " where n_mod_since_analyze > 50 + 0.1 * n_live_tup"
        ).fetchall()
        for (table,) in changed:
            connection.execute(f"vacuum analyze {table}")


def add_partitions(place: Place, days: int) -> None:
    """Let each of so many days have its partition, though it is empty."""
    with place.connect() as connection:
        for start in range(1, days + 1, 50):
            dates = [YESTERDAY - timedelta(days=start + offset) for offset in range(50)]
            connection.execute("select warehouse.add_event_partitions(%s)", [dates])


@contextmanager
def place_of(stream: Stream, events_per_day: int) -> Iterator[Place]:
    """Yield a warehouse with yesterday in it, ready to get a history; nothing of it stays."""
    with private_stack(("postgres",)) as state:
        with psycopg.connect(state.dsn("owner"), autocommit=True) as connection:
            migrate(connection, migrations_in(MIGRATIONS["warehouse"]), lambda _line: None)
        for pipeline in start_pipeline(state.dsn("owner"), state.libpq_fields("loader")):
            os.environ.update(pipeline.environment)
            place = Place(state, pipeline, stream, events_per_day)
            place.settings(dict(_SETTINGS))
            postgres.stop(state)
            postgres.start(state, state.image)
            place.superuser("create extension pg_stat_statements;")
            load_yesterday(place)
            people = (shop_traffic.visitor(stream.seed, n) for n in range(stream.visits_per_hour))
            known = [(one.anonymous_id, one.user_id) for one in people]
            with place.connect() as connection:
                warehouse_history.prepare(connection, YESTERDAY, known)
                warehouse_history.save(connection, YESTERDAY)
            yield place
