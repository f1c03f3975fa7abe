"""What the demo shows at its end and writes to `.local/demo.json`: where each event went, where to look."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any

import boto3
import psycopg
from provision.identity import identify
from provision.settings import read_settings

from local_stack import state
from local_stack.dashboards.server import page_url

_WAREHOUSE_COUNTS = """
select
    coalesce(sum(stored_count), 0)::bigint,
    coalesce(sum(loaded_count), 0)::bigint,
    coalesce(sum(rejected_count), 0)::bigint,
    coalesce(sum(duplicate_count), 0)::bigint,
    coalesce(sum(bot_count), 0)::bigint,
    (select count(*) from warehouse.fact_sessions),
    (select count(distinct visitor_id) from warehouse.fact_sessions),
    (select count(*) from warehouse.fact_orders)
from etl.objects
"""


@dataclass(frozen=True)
class DemoCounts:
    """The account of the demo's events; `accepted` is what importer and ingest function say they took.

    Nobody of the demo was erased.
    """

    accepted: int
    stored: int
    loaded: int
    rejected: int
    duplicates: int
    bots: int
    sessions: int
    visitors: int
    purchases: int

    @property
    def is_balanced(self) -> bool:
        """True if accepted = stored = loaded + rejected + duplicates."""
        return self.accepted == self.stored == self.loaded + self.rejected + self.duplicates


def counts_of(stack: state.StackState, imported_count: int) -> DemoCounts:
    """Return the account: accepted by the importer's and the function's word, the rest by the warehouse's."""
    accepted = imported_count + _accepted_by_ingest(stack)
    with psycopg.connect(stack.dsn("owner")) as connection:
        row = connection.execute(_WAREHOUSE_COUNTS).fetchone()
    return DemoCounts(accepted, *(row or ()))


def _accepted_by_ingest(stack: state.StackState) -> int:
    """Return the sum of the EventsAccepted metric in the ingest function's log."""
    group = f"/aws/lambda/{identify(read_settings(), 'ingest').name}"
    pages = client(stack, "logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    messages = (event["message"] for page in pages for event in page["events"])
    return sum(json.loads(text)["EventsAccepted"] for text in messages if text.startswith('{"_aws"'))


def client(stack: state.StackState, service: str) -> Any:  # noqa: ANN401 - boto3 makes clients at run time
    """Return a boto3 client that speaks to the stack as its operator."""
    session = boto3.Session(
        stack.aws_access_key_id, stack.aws_secret_access_key, region_name=stack.aws_region
    )
    return session.client(service, endpoint_url=stack.aws_endpoint_url)  # type: ignore[call-overload]


def raw_bucket(stack: state.StackState) -> str:
    """Return the name of the raw bucket."""
    return identify(read_settings(), "raw", suffix=stack.aws_account_id).name


def write(stack: state.StackState, counts: DemoCounts) -> None:
    """Write `.local/demo.json`, readable by its owner only."""
    document = {
        "warehouse_dsn": stack.dsn("reader"),
        "owner_dsn": stack.dsn("owner"),
        "oltp_dsn": stack.dsn("reader", state.OLTP),
        "aws_endpoint_url": stack.aws_endpoint_url,
        "aws_region": stack.aws_region,
        "aws_access_key_id": stack.aws_access_key_id,
        "aws_secret_access_key": stack.aws_secret_access_key,
        "api_url": stack.api_url,
        "dashboards_url": page_url(stack),
        "storefront_url": stack.storefront_url,
        **vars(counts),
        "is_balanced": counts.is_balanced,
    }
    state.write_private(stack.directory / "demo.json", json.dumps(document, indent=2) + "\n")


def rendered(stack: state.StackState, counts: DemoCounts, shift_days: int, seconds: float) -> str:
    """Return the table, the URLs and how to go on."""
    width = max(len(part.name) for part in fields(counts))
    table = "\n".join(f"  {name:<{width}}  {value:>9,}" for name, value in vars(counts).items())
    verdict = (
        "the account balances: accepted = stored = loaded + rejected + duplicates"
        if counts.is_balanced
        else "THE ACCOUNT DOES NOT BALANCE: accepted, stored and loaded + rejected + duplicates differ"
    )
    shifted = (
        f"  Event times are shifted by {shift_days} days; the newest day is today's or the last demo's.\n"
    )
    return (
        f"\n{table}\n\n  {verdict}\n{shifted if shift_days else ''}\n"
        f"  storefront  {stack.storefront_url}/\n"
        f"  dashboards  {page_url(stack)}\n"
        f"  events API  POST {stack.api_url}/v1/events\n"
        f"  shop API    GET  {stack.api_url}/v1/products\n"
        f"  AWS API     {stack.aws_endpoint_url}  (keys and database URLs: .local/demo.json)\n\n"
        f"demo: ready after {seconds:.0f} s; open the storefront and the dashboards;"
        " `make down` stops it, `make clean` removes it\n"
    )
