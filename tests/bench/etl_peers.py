"""The nearest same job by what a Python user would pick: raw objects to columns, Parquet and PostgreSQL.

    python -m tests.bench.etl_peers pandas|awswrangler|dlt|spark BUCKET FOLDER

Runs in the environment of tests/bench/peers.lock and says what it used before it began to work. Each is
written as its manual shows it, and does less than the ETL: no contract, no copies settled, no sessions, no
marts. PostgreSQL is that of $DSN, schema `bench`; FOLDER is the bucket's own, for Spark (its S3 needs Maven).
"""

import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.bench.server_time import family_seconds

SCHEMA = "bench"
# columns and where they are in a line: what the ETL reads of it, the items as they are
COLUMNS = {
    "event_id": "event.event_id",
    "event_name": "event.event_name",
    "event_time": "event.event_time",
    "event_sequence": "event.event_sequence",
    "anonymous_id": "event.anonymous_id",
    "user_id": "user_id",
    "received_at": "receipt.received_at",
    "sent_at": "receipt.sent_at",
    "user_agent": "receipt.user_agent",
    "country": "receipt.country",
    "page_location": "event.page.url",
    "page_title": "event.page.title",
    "page_referrer": "event.page.referrer",
    "language": "event.device.language",
    "search_term": "event.params.search_term",
    "currency": "event.params.currency",
    "value": "event.params.value",
    "transaction_id": "event.params.transaction_id",
    "items": "event.items",
}
_NUMBERS = {"event_time": "bigint", "event_sequence": "bigint", "value": "double"}


def _begin() -> None:
    """Say what was used until now: interpreter, imports, Java."""
    print(json.dumps({"start_cpu_seconds": family_seconds(os.getpid())}), flush=True)


def _flat(pandas: Any, lines: Any) -> Any:
    """Return the frame of lines as columns; nested objects are taken apart by pandas itself."""
    found = pandas.json_normalize(lines.to_dict("records"))
    flat = pandas.DataFrame({name: found.get(path) for name, path in COLUMNS.items()})
    flat["items"] = flat["items"].map(lambda items: json.dumps(items) if isinstance(items, list) else None)
    return flat


def with_pandas(bucket: str, _folder: str) -> None:
    """Read one object after the other, write with to_parquet and to_sql, all as they come."""
    pandas, s3fs = import_module("pandas"), import_module("s3fs")
    sqlalchemy = import_module("sqlalchemy")
    _begin()
    paths = s3fs.S3FileSystem().glob(f"s3://{bucket}/**/*.json.gz")
    lines = [pandas.read_json(f"s3://{path}", lines=True, compression="gzip") for path in paths]
    flat = _flat(pandas, pandas.concat(lines, ignore_index=True))
    flat.to_parquet("s3://processed/peers/pandas.parquet", compression="zstd")
    engine = sqlalchemy.create_engine(os.environ["DSN"].replace("postgresql:", "postgresql+psycopg:"))
    flat.to_sql("pandas", engine, schema=SCHEMA, if_exists="append", index=False)


def with_awswrangler(bucket: str, _folder: str) -> None:
    """Read all objects at once, write with to_parquet and postgresql.to_sql."""
    pandas, wrangler, pg8000 = (import_module(name) for name in ("pandas", "awswrangler", "pg8000"))
    _begin()
    lines = wrangler.s3.read_json(f"s3://{bucket}/", lines=True, path_suffix=".json.gz")
    flat = _flat(pandas, lines)
    wrangler.s3.to_parquet(flat, "s3://processed/peers/awswrangler.parquet", compression="zstd")
    place = urlsplit(os.environ["DSN"])
    connection = pg8000.connect(
        user=place.username,
        password=unquote(place.password or ""),
        host=place.hostname,
        port=place.port,
        database=place.path[1:],
    )
    wrangler.postgresql.to_sql(flat, connection, schema=SCHEMA, table="awswrangler", mode="append")


def with_dlt(bucket: str, _folder: str) -> None:
    """Read with the filesystem source; one pipeline into PostgreSQL and one into Parquet, as dlt has it."""
    dlt, filesystems = import_module("dlt"), import_module("dlt.sources.filesystem")
    _begin()

    def lines() -> Any:
        files = filesystems.filesystem(bucket_url=f"s3://{bucket}", file_glob="**/*.json.gz")
        # lists stay as they are, else each item is a row of a table of its own
        found = (files | filesystems.read_jsonl()).with_name("dlt")
        found.max_table_nesting = 1
        found.apply_hints(columns={"event__items": {"data_type": "json"}})
        return found

    to_database = dlt.destinations.postgres(os.environ["DSN"])
    dlt.pipeline("bench_sql", destination=to_database, dataset_name=SCHEMA).run(lines())
    to_files = dlt.destinations.filesystem("s3://processed/peers")
    dlt.pipeline("bench_files", destination=to_files, dataset_name="dlt").run(
        lines(), loader_file_format="parquet"
    )


def with_spark(_bucket: str, folder: str) -> None:
    """Read with a given schema, keep the rows, write Parquet and through JDBC, on both cores."""
    place = urlsplit(os.environ["DSN"])
    builder = import_module("pyspark.sql").SparkSession.builder.master("local[2]")
    builder = builder.config("spark.jars", os.environ["JDBC_JAR"]).config("spark.driver.memory", "3g")
    spark = builder.config("spark.ui.enabled", "false").getOrCreate()
    _begin()
    lines = spark.read.schema(_spark_schema()).option("recursiveFileLookup", "true").json(folder)
    rows = lines.selectExpr(*(f"{_spark_path(path)} as {name}" for name, path in COLUMNS.items())).persist()
    rows.write.option("compression", "zstd").parquet(str(Path(folder).parent / "processed/peers/spark"))
    rows.write.jdbc(
        f"jdbc:postgresql://{place.hostname}:{place.port}{place.path}?reWriteBatchedInserts=true",
        f"{SCHEMA}.spark",
        properties={
            "user": str(place.username),
            "password": unquote(place.password or ""),
            "driver": "org.postgresql.Driver",
            "batchsize": "10000",
        },
    )
    spark.stop()


def _spark_path(path: str) -> str:
    return f"to_json({path})" if path == "event.items" else path


def _spark_schema() -> str:
    """Return the types of a line, so that it need not be read twice."""
    tree: dict[str, Any] = {}
    for name, path in COLUMNS.items():
        *parents, last = path.split(".")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        node[last] = "array<map<string, string>>" if name == "items" else _NUMBERS.get(name, "string")
    return ", ".join(f"{name} {_spark_type(part)}" for name, part in tree.items())


def _spark_type(part: Any) -> str:
    if isinstance(part, str):
        return part
    return f"struct<{', '.join(f'{name}: {_spark_type(inner)}' for name, inner in part.items())}>"


PEERS: dict[str, Callable[[str, str], None]] = {
    "pandas": with_pandas,
    "awswrangler": with_awswrangler,
    "dlt": with_dlt,
    "spark": with_spark,
}

if __name__ == "__main__":
    PEERS[sys.argv[1]](sys.argv[2], sys.argv[3])
