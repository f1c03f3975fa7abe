"""The ETL with everything it touches: buckets on an emulated S3, a warehouse on a real PostgreSQL."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import psycopg
from etl.handler import handler

from tests.provision.emulated_aws import emulated_aws

MARTS = Path(__file__).parents[2] / "warehouse" / "marts"
CONNECTION_OBJECT = "secrets/warehouse-loader.json"
SHOP_CONNECTION_OBJECT = "secrets/oltp-reader.json"
RELEASE_KEY = "apt/dists/trixie/InRelease"
# What makes the warehouse's content; run ids and clocks of runs are not content.
CONTENT = {
    "warehouse.fact_events": "*",
    "warehouse.fact_event_items": "*",
    "warehouse.fact_sessions": "*",
    "warehouse.fact_orders": "*",
    "mart.traffic_hourly": "*",
    "mart.visitors_daily": "*",
    "mart.people_daily": "*",
    "mart.new_returning_daily": "*",
    "mart.retention_daily": "*",
    "mart.visit_intervals_daily": "*",
    "mart.customer_orders_daily": "*",
    "mart.paths_daily": "*",
    "mart.sales_funnel_daily": "*",
    "mart.orders_daily": "*",
    "mart.product_popularity_daily": "*",
    "mart.search_terms_daily": "*",
    "mart.traffic_pages_daily": "*",
    "mart.session_trails": "*",
    "mart.attribution_daily": "*",
    "mart.traffic_sources_daily": "*",
    "mart.traffic_audience_daily": "*",
    "mart.event_timeliness_daily": "*",
    "mart.bots_daily": "*",
    "mart.rejects_daily": "*",
    "etl.order_events": "*",
    "warehouse.reconciled_orders": "*",
    "mart.order_reconciliation_daily": "*",
    "mart.event_names_daily": "*",
    "mart.account_hourly": "*",
    "etl.rejects": "*",
    "etl.objects": "object_id, object_key, size_bytes, received_hour, stored_count, loaded_count,"
    " rejected_count, duplicate_count, erased_count, bot_count",
}


@dataclass
class TimeLeft:
    """Lambda's context object, with so much time left, and less with every look at it."""

    seconds: float = 900
    seconds_of_a_look: float = 0
    function_name: str = "cloudworks-test-etl"

    def get_remaining_time_in_millis(self) -> int:
        self.seconds -= self.seconds_of_a_look
        return round((self.seconds + self.seconds_of_a_look) * 1000)


@dataclass
class Pipeline:
    """One raw bucket, one processed bucket and one warehouse, emptied for each test."""

    owner_dsn: str
    environment: dict[str, str]

    @cached_property
    def s3(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name=self.environment["AWS_REGION"],
            aws_access_key_id=self.environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=self.environment["AWS_SECRET_ACCESS_KEY"],
        )

    def put(self, *objects: tuple[str, bytes]) -> None:
        for key, body in objects:
            self.s3.put_object(Bucket="raw", Key=key, Body=body)

    def run(
        self, request: dict[str, str] | None = None, seconds_left: float = 900, seconds_of_a_look: float = 0
    ) -> dict[str, Any]:
        """Run the ETL once over all days, unless asked for others."""
        dates = {"from_date": "2020-01-01", "to_date": "2026-12-31"} if request is None else request
        return handler(_narrowed(dates, self.keys("raw")), TimeLeft(seconds_left, seconds_of_a_look))

    def keys(self, bucket: str) -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

    def processed(self) -> dict[str, str]:
        """Return {key: SHA-256} of every processed file."""
        bodies = ((key, self.s3.get_object(Bucket="processed", Key=key)) for key in self.keys("processed"))
        return {key: hashlib.sha256(found["Body"].read()).hexdigest() for key, found in bodies}

    def query(self, text: str, *parameters: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.owner_dsn) as connection:
            return connection.execute(text, parameters or None).fetchall()

    def account(self) -> tuple[int, ...]:
        """Return (stored, loaded, rejected, duplicate) over all objects."""
        sums = (
            "select sum(stored_count), sum(loaded_count), sum(rejected_count), sum(duplicate_count)"
            " from etl.objects"
        )
        return tuple(int(value or 0) for value in self.query(sums)[0])

    def sessions(self) -> list[tuple[Any, ...]]:
        """Return (started_at, ended_at, events_count) of every session."""
        return self.query(
            "select started_at, ended_at, events_count from warehouse.fact_sessions order by 1, visitor_id"
        )

    def content(self) -> dict[str, str]:
        """Return an ordered checksum of every table."""
        checksum = "select coalesce(md5(string_agg(found::text, '|' order by found::text)), 'empty')"
        # tables and columns are those of CONTENT, nobody's input
        rows = {table: f"(select {columns} from {table}) as found" for table, columns in CONTENT.items()}  # noqa: S608
        return {table: self.query(f"{checksum} from {rows[table]}")[0][0] for table in CONTENT}

    def broken_checks(self) -> list[str]:
        """Return the rules of warehouse/marts/*/checks.sql that do not hold."""
        statements = (
            statement for path in MARTS.glob("*/checks.sql") for statement in path.read_text().split(";\n")
        )
        return [row[0] for text in statements if text.strip() for row in self.query(text.replace("%", "%%"))]

    def empty(self) -> None:
        """Remove every object, row and day partition."""
        for bucket in ("raw", "processed"):
            keys = [{"Key": key} for key in self.keys(bucket)]
            for first in range(0, len(keys), 1000):  # the most that S3 deletes at once
                self.s3.delete_objects(Bucket=bucket, Delete={"Objects": keys[first : first + 1000]})
        self.empty_warehouse()

    def empty_warehouse(self) -> None:
        """Remove every row and day partition."""
        others = ["etl.runs", "mart.notice", "etl.erased", "etl.erasures", "etl.erasure_objects"]
        tables = ", ".join([*CONTENT, *others])
        with psycopg.connect(self.owner_dsn) as connection:
            connection.execute(f"truncate {tables}")
            partitions = connection.execute(
                "select inhrelid::regclass::text from pg_inherits"
                " where inhparent = 'warehouse.fact_events'::regclass"
                " and inhrelid::regclass::text !~ 'default'"
            ).fetchall()
            for (partition,) in partitions:
                connection.execute(f"drop table {partition}")


def _narrowed(dates: dict[str, str], keys: Iterable[str]) -> dict[str, str]:
    """Return the same request without the days that hold nothing: each day costs a listing."""
    found = sorted(key.split("dt=")[1][:10] for key in keys if key.startswith("events/dt="))
    if "from_date" not in dates or not found:
        return dates
    return {"from_date": max(dates["from_date"], found[0]), "to_date": min(dates["to_date"], found[-1])}


def start_pipeline(owner_dsn: str, loader_fields: dict[str, str | int]) -> Iterator[Pipeline]:
    """Yield a pipeline over an emulated S3 of its own, which ends with it."""
    with emulated_aws() as emulated:
        environment = {
            "AWS_ENDPOINT_URL": emulated.url,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "RAW_BUCKET": "raw",
            "PROCESSED_BUCKET": "processed",
            "ARTIFACTS_BUCKET": "artifacts",
            "WAREHOUSE_SECRET_KEY": CONNECTION_OBJECT,
            "OLTP_SECRET_KEY": SHOP_CONNECTION_OBJECT,
            "PACKAGES_RELEASE_KEY": RELEASE_KEY,
        }
        pipeline = Pipeline(owner_dsn, environment)
        for bucket in ("raw", "processed", "artifacts"):
            location = {"LocationConstraint": "eu-central-1"}
            pipeline.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=location)
        pipeline.s3.put_object(Bucket="artifacts", Key=CONNECTION_OBJECT, Body=json.dumps(loader_fields))
        yield pipeline
