"""People on shared and own browsers, and what is left of one of them anywhere."""

import gzip
from collections.abc import Iterator
from random import Random
from typing import Any

import psycopg
from contract.bucket import open_bucket
from contract.raw_object import REJECTED_PREFIX, Receipt, RejectedLine, encode_lines, hour_prefix
from erasure.person import Person
from erasure.raw import RawBucket
from erasure.run import Estate, Outcome, erase
from etl.database import OPTIONS
from etl.run import Stores

from tests.etl.events import event, minutes, signed_in_object
from tests.warehouse.pipeline import Pipeline

# Anna on her phone and on the family's tablet; Ben on the tablet; somebody without an account.
ANNA, BEN = "account-anna", "account-ben"
PHONE, TABLET, STRANGER = "browser-phone", "browser-tablet", "browser-stranger"
USES = [(ANNA, PHONE), (ANNA, TABLET), (BEN, TABLET), (None, PHONE), (None, TABLET), (None, STRANGER)]
ANNA_AND_HER_PHONE = Person((ANNA,), (PHONE,))


def busy_days(seed: int) -> list[tuple[str, bytes]]:
    """Return raw objects of all of them: late, repeated and broken events, orders, and a rejected object."""
    chance = Random(seed)
    objects = []
    for batch in range(30):
        user, visitor = USES[batch % len(USES)]
        events: list[dict[str, Any]] = []
        for _ in range(chance.randint(1, 5)):
            # the same number is the same event, of the same person, in whatever batch it comes
            number = chance.randint(0, 12) * len(USES) + batch % len(USES)
            fixed = Random(number)
            params = {"transaction_id": f"t{number % 7}", "value": number, "currency": "EUR"}
            items = [{"item_id": "hat", "price": 1.5, "quantity": 1}] if number % 3 == 0 else []
            made = event(
                f"e{number}", minutes(fixed.choice([0, 600, 835]) + fixed.randint(0, 90)), visitor=visitor,
                event_name=fixed.choice(["page_view", "view_item", "purchase"]), params=params, items=items,
            )  # fmt: skip
            events.append(made if chance.random() > 0.1 else {**made, "event_time": "broken"})
        received_at = minutes(chance.randint(900, 2500))
        objects.append(signed_in_object(user, events, received_at, batch=str(batch)))
    return [*objects, rejected_object()]


def rejected_object() -> tuple[str, bytes]:
    """Return what ingest kept apart, of Anna's phone and of a stranger."""
    receipt = Receipt(minutes(900), minutes(900), "00000000-0000-0000-0000-000000000000")  # type: ignore[arg-type]
    texts = [f'{{"anonymous_id": "{visitor}", "event_name": "?"}}' for visitor in (PHONE, STRANGER)]
    lines = [RejectedLine(receipt, place, "no name", text) for place, text in enumerate(texts)]
    return f"{hour_prefix(REJECTED_PREFIX, minutes(900))}rejected.json.gz", encode_lines(lines)


def estate_of(pipeline: Pipeline, connection: psycopg.Connection[tuple[Any, ...]], s3: Any = None) -> Estate:
    """Return the estate as the script opens it."""
    stores = Stores(open_bucket("raw", 60, 5), open_bucket("processed", 60, 5), connection)
    return Estate(RawBucket(s3 or pipeline.s3, "raw"), stores, wait_seconds=1)


def connected(dsn: str) -> psycopg.Connection[tuple[Any, ...]]:
    """Return a connection as scripts have it."""
    return psycopg.connect(dsn, options=OPTIONS, autocommit=True)


def erased(pipeline: Pipeline, person: Person) -> Outcome:
    """Erase somebody, with a connection of its own."""
    with connected(pipeline.owner_dsn) as connection:
        return erase(estate_of(pipeline, connection), person, "the test", silent)


def silent(step: str, done_count: int, total_count: int | None) -> None:
    """Show no progress."""


def versions(pipeline: Pipeline) -> Iterator[tuple[str, str]]:
    """Yield (key, version id) of everything in the raw bucket, old versions and marks of deletion too."""
    for page in pipeline.s3.get_paginator("list_object_versions").paginate(Bucket="raw"):
        for found in page.get("Versions", []) + page.get("DeleteMarkers", []):
            yield found["Key"], found["VersionId"]


def places_with(pipeline: Pipeline, text: str) -> list[str]:
    """Return every table, raw version and processed file that holds this text."""
    tables = pipeline.query(
        "select format('%%I.%%I', schemaname, tablename) from pg_tables"
        " where schemaname in ('warehouse', 'mart', 'etl') and %s <> ''",
        text,
    )
    rows = "to_jsonb(found) - 'line'"
    places = [
        table
        for (table,) in tables
        if pipeline.query(f"select from {table} as found where ({rows})::text like %s", f"%{text}%")
    ]
    if pipeline.query("select from etl.rejects where position(%s::bytea in line) > 0", text.encode()):
        places.append("etl.rejects.line")
    for key, version_id in versions(pipeline):
        body = pipeline.s3.get_object(Bucket="raw", Key=key, VersionId=version_id)["Body"].read()
        places += [key] if text.encode() in gzip.decompress(body) else []
    for key in pipeline.keys("processed"):
        body = pipeline.s3.get_object(Bucket="processed", Key=key)["Body"].read()
        places += [key] if text.encode() in body else []
    return places
