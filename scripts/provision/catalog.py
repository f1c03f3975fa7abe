"""The analytics engine on the side: a table over the processed files, and where analysts ask it.

Athena works out which files a query needs from the table's own settings (partition projection): no crawler,
and nothing to be told when the ETL writes a new hour.
https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
"""

from __future__ import annotations

from provision.aws import Account
from provision.identity import identify
from provision.resource import Resource
from provision.resources.athena import AthenaWorkgroup
from provision.resources.bucket import Bucket
from provision.resources.glue import Column, GlueDatabase, GlueTable
from provision.settings import Settings

EVENTS_PREFIX = "events/"  # where lambda_src/etl/processed.py writes
RESULTS_PREFIX = "athena-results/"
GB = 1000**3  # Athena counts and bills so

# As lambda_src/etl/processed.py writes them; tests/provision/test_catalog.py compares them with a file.
EVENT_COLUMNS = (
    Column("event_date", "date", "UTC date of event_time"),
    Column("event_id", "string", "made once by the client; a copy received in another hour is in both"),
    Column("event_name", "string", "as Google Analytics 4 names it"),
    Column("event_at", "timestamp", "UTC; event_time, corrected when the client's clock is off"),
    Column("event_time", "timestamp", "UTC; the client's clock"),
    Column("received_at", "timestamp", "UTC; our clock when the batch came in"),
    Column("event_sequence", "bigint", "the client's own count"),
    Column("visitor_id", "string", "a browser"),
    Column("anonymous_id", "string", "as the client sent it"),
    Column("user_id", "string", "who signed in, from verified claims"),
    Column("page_location", "string"),
    Column("page_path", "string"),
    Column("page_title", "string"),
    Column("page_referrer", "string"),
    Column("source", "string"),
    Column("medium", "string"),
    Column("campaign", "string"),
    Column("channel", "string", "GA4's default channel group"),
    Column("device_category", "string", "desktop, mobile, tablet or (not set)"),
    Column("browser", "string"),
    Column("operating_system", "string"),
    Column("is_bot", "boolean", "a program by its user agent; dashboards leave them out"),
    Column("search_term", "string"),
    Column("currency", "string", "ISO 4217; (invalid): sent, but no currency"),
    Column("value", "string", "exact: cast(value as decimal(38, 6))"),
    Column("transaction_id", "string"),
    Column("params", "string", "JSON of all parameters: json_extract_scalar(params, '$.name')"),
    Column("object_id", "bigint", "the raw object, as the warehouse's ledger numbers it"),
    Column("line_number", "int", "the line in it"),
    Column("page_hostname", "string"),
    Column("term", "string", "of the campaign: utm_term"),
    Column("content", "string", "of the campaign: utm_content"),
    Column("campaign_id", "string", "of the campaign: utm_id"),
    Column("country", "string", "ISO 3166-1, two letters, where a header told it"),
    Column("language", "string", "as the browser says it"),
    Column("bot_name", "string", "what the bot calls itself"),
    Column("tax", "string", "exact, like value"),
    Column("shipping", "string", "exact, like value"),
)
PARTITION_KEYS = (
    Column("dt", "string", "UTC date of receipt, such as 2026-11-22: name it in every query"),
    Column("hr", "int", "UTC hour of receipt, 0 to 23"),
)


def build_catalog(settings: Settings, account: Account, processed: Bucket) -> list[Resource]:
    """The database, its table of events, and the workgroup."""
    database = GlueDatabase(
        identity=identify(settings, "analytics"),
        description="Clickstream events, over the files of the processed bucket",
    )
    location = f"s3://{processed.name}/{EVENTS_PREFIX}"
    events = GlueTable(
        identity=identify(settings, "analytics-events"),
        database=database,
        table="events",
        description="One row per event and hour of receipt, without sessions",
        location=location,
        columns=EVENT_COLUMNS,
        partition_keys=PARTITION_KEYS,
        parameters=projection(location, settings.athena_first_date),
    )
    analysts = AthenaWorkgroup(
        identity=identify(settings, "analysts"),
        account_id=account.id,
        description="Questions to the processed events",
        results_location=f"s3://{processed.name}/{RESULTS_PREFIX}",
        most_bytes=settings.athena_query_limit_gb * GB,
    )
    return [database, events, analysts]


def projection(location: str, first_date: str) -> dict[str, str]:
    """The table's parameters: which partitions there may be, from `first_date` on, and where each lies."""
    return {
        "EXTERNAL": "TRUE",
        "classification": "parquet",
        "projection.enabled": "true",
        "projection.dt.type": "date",
        "projection.dt.format": "yyyy-MM-dd",
        "projection.dt.range": f"{first_date},NOW",
        "projection.dt.interval": "1",
        "projection.dt.interval.unit": "DAYS",
        "projection.hr.type": "integer",
        "projection.hr.range": "0,23",
        "projection.hr.digits": "2",
        "storage.location.template": f"{location}dt=${{dt}}/hr=${{hr}}/",
    }
