"""Where the ETL is measured: a private PostgreSQL, migrated, and the folder that stands in for S3."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from migrate_database import MIGRATIONS, migrate, migrations_in

from local_stack import podman, postgres
from local_stack.state import StackState
from local_stack.testing import private_stack
from tests.bench.realistic_events import Stream, write_stream
from tests.bench.served import served
from tests.bench.server_time import family_seconds
from tests.warehouse.pipeline import CONNECTION_OBJECT, RELEASE_KEY, SHOP_CONNECTION_OBJECT, Pipeline

ROOT = Path(__file__).resolve().parents[2]
_KEYS = dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "bench")


@dataclass(frozen=True)
class Raw:
    """A bucket with a stream in objects of one size."""

    bucket: str
    folder: Path
    stream: Stream
    events_per_object: int

    @property
    def dates(self) -> tuple[str, str]:
        """The first and the last receive date, as the function is asked for them."""
        last = self.stream.hour(self.stream.hours_count - 1)
        return self.stream.first_hour.date().isoformat(), last.date().isoformat()


@dataclass(frozen=True)
class Place:
    """A warehouse and buckets, all of them this benchmark's own."""

    folder: Path
    s3_url: str
    s3_pid: int
    server_pid: int
    state: StackState

    def raw(self, stream: Stream, events_per_object: tuple[int, ...]) -> list[Raw]:
        """Write a stream into a bucket for each size of objects."""
        found = [
            Raw(
                f"raw-{stream.events_count}-{size}",
                self._bucket(f"raw-{stream.events_count}-{size}"),
                stream,
                size,
            )
            for size in events_per_object
        ]
        write_stream(stream, {raw.events_per_object: raw.folder for raw in found}, os.cpu_count() or 1)
        return found

    def _bucket(self, name: str) -> Path:
        return self.folder / "s3" / name

    @property
    def processed(self) -> Path:
        """The processed bucket's folder."""
        return self._bucket("processed")

    def environment(self, raw_bucket: str) -> dict[str, str]:
        """The environment of whoever reads this bucket: the function's own, and what every S3 client asks."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return {
            **inherited,
            **_KEYS,
            "PYTHONPATH": ":".join(str(ROOT / part) for part in ("scripts", "lambda_src", "")),
            "AWS_ENDPOINT_URL": self.s3_url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
            "RAW_BUCKET": raw_bucket,
            "PROCESSED_BUCKET": "processed",
            "ARTIFACTS_BUCKET": "artifacts",
            "WAREHOUSE_SECRET_KEY": CONNECTION_OBJECT,
            "OLTP_SECRET_KEY": SHOP_CONNECTION_OBJECT,
            "PACKAGES_RELEASE_KEY": RELEASE_KEY,
        }

    def empty(self) -> None:
        """Empty the warehouse; what the server still has to write to disk it writes now, unmeasured."""
        Pipeline(self.state.dsn("owner"), {}).empty_warehouse()
        postgres.run_sql(self.state, "checkpoint")

    def server_seconds(self) -> float:
        """What the database server has used so far, its workers included."""
        return family_seconds(self.server_pid)

    def query(self, text: str) -> tuple[int, ...]:
        """Return the first row of a query for numbers, asked as the owner."""
        with psycopg.connect(self.state.dsn("owner")) as connection:
            row = connection.execute(text.encode()).fetchone()
        return tuple(int(value or 0) for value in row or ())


@contextmanager
def place(folder: Path) -> Iterator[Place]:
    """Yield a place with an empty warehouse, which ends with it."""
    artifacts = folder / "s3" / "artifacts"
    with private_stack(("postgres",)) as state:
        with psycopg.connect(state.dsn("owner"), autocommit=True) as connection:
            migrate(connection, migrations_in(MIGRATIONS["warehouse"]))
        login = artifacts / CONNECTION_OBJECT
        login.parent.mkdir(parents=True)
        login.write_text(json.dumps(state.libpq_fields("loader")), encoding="utf-8")
        asked = podman.podman("inspect", "--format={{.State.Pid}}", state.container_name("postgres"))
        with served("tests.bench.s3_double", str(folder / "s3")) as (url, pid):
            yield Place(folder, url, pid, int(asked.stdout), state)
