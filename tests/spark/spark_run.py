"""The Spark job as `scripts/run_spark.py --local` starts it, and what one process made of the same raw."""

import hashlib
import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
from etl.database import OPTIONS, copy_frame

from tests.warehouse.pipeline import CONTENT, Pipeline

ROOT = Path(__file__).parents[2]
# Java for seconds, not hours: what it compiles quickly is enough.
BRIEF = "--driver-memory 1g --driver-java-options -XX:TieredStopAtLevel=1 pyspark-shell"
# (prefix of the files, table, columns)
SESSIONS = ("sessions/", "warehouse.fact_sessions", "*")
ACCOUNT = ("account/", "etl.objects", CONTENT["etl.objects"])


@dataclass(frozen=True)
class Made:
    """Everything that both ways make: processed files by key, an ordered checksum of sessions and account."""

    files: dict[str, str]
    sessions: str
    account: str


def run_spark(
    pipeline: Pipeline, executors: int, *arguments: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Run the job in processes of its own, by so many executors."""
    fields = psycopg.conninfo.conninfo_to_dict(pipeline.owner_dsn)
    environment = {
        **os.environ, **pipeline.environment, "PYSPARK_SUBMIT_ARGS": BRIEF,
        "PGHOST": str(fields["host"]), "PGPORT": str(fields["port"]), "PGDATABASE": str(fields["dbname"]),
        "PGUSER": str(fields["user"]), "PGPASSWORD": str(fields["password"]),
    }  # fmt: skip
    command = [sys.executable, "scripts/run_spark.py", "--local", str(executors), *arguments]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600
    )
    assert not check or done.returncode == 0, done.stderr[-4000:]
    return done


def made_by_one_process(pipeline: Pipeline) -> Made:
    """What the ETL function has made; then the processed bucket is empty."""
    content = {table: _checksum(pipeline, table, columns) for _, table, columns in (SESSIONS, ACCOUNT)}
    made = Made(pipeline.processed(), content[SESSIONS[1]], content[ACCOUNT[1]])
    for key in made.files:
        pipeline.s3.delete_object(Bucket="processed", Key=key)
    return made


def made_by_spark(pipeline: Pipeline) -> Made:
    """What lies in the processed bucket, summed up as the warehouse's tables are."""
    bodies = {key: _body(pipeline, key) for key in pipeline.keys("processed")}
    files = {key: hashlib.sha256(body).hexdigest() for key, body in bodies.items() if _is_event_file(key)}
    sessions, account = (
        _checksum(pipeline, table, columns, _rows(bodies, prefix))
        for prefix, table, columns in (SESSIONS, ACCOUNT)
    )
    return Made(files, sessions, account)


def _is_event_file(key: str) -> bool:
    return key.startswith("events/")


def _body(pipeline: Pipeline, key: str) -> bytes:
    return bytes(pipeline.s3.get_object(Bucket="processed", Key=key)["Body"].read())


def _rows(bodies: dict[str, bytes], prefix: str) -> pd.DataFrame:
    """The rows of all day files below a prefix; each lies in the file of its own day."""
    tables = []
    for key, body in bodies.items():
        if key.startswith(prefix):
            table = pq.read_table(io.BytesIO(body))
            day = "session_date" if "session_date" in table.column_names else "received_date"
            assert {str(found) for found in table[day].to_pylist()} <= {key.split("dt=")[1][:10]}
            tables.append(table)
    rows: pd.DataFrame = pa.concat_tables(tables).to_pandas(types_mapper=pd.ArrowDtype)
    return rows


def _checksum(pipeline: Pipeline, table: str, columns: str, rows: pd.DataFrame | None = None) -> str:
    """An ordered checksum of a table, or of these rows in a table like it."""
    with psycopg.connect(pipeline.owner_dsn, options=OPTIONS) as connection:
        source = table
        if rows is not None:
            connection.execute(f"create temporary table given (like {table})")
            names = [row[0] for row in connection.execute(_COLUMNS, [*table.split(".")])]
            connection.execute("alter table given alter run_id drop not null") if "run_id" in names else None
            copy_frame(connection, "given", rows[[name for name in names if name in rows.columns]])
            source = "given"
        rows_of = f"(select {columns} from {source}) as found"  # noqa: S608 - names of our own tables
        found = connection.execute(f"{_ORDERED_CHECKSUM} from {rows_of}").fetchone()
    assert found
    assert found[0] is not None
    return str(found[0])


_ORDERED_CHECKSUM = "select md5(string_agg(found::text, '|' order by found::text)) || ' of ' || count(*)"
_COLUMNS = "select column_name from information_schema.columns where table_schema = %s and table_name = %s"
