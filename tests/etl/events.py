"""Raw objects made for tests, as ingest writes them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from contract.raw_object import EVENTS_PREFIX, RawLine, Receipt, encode_lines, hour_prefix, object_name
from msgspec import Raw

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def event(name: str, at: datetime, visitor: str = "v1", **fields: object) -> dict[str, Any]:
    """Return an event named for its `event_id`: the same name is the same event."""
    return {
        "event_id": str(uuid5(NAMESPACE_URL, name)),
        "event_name": "page_view",
        "event_time": round(at.timestamp() * 1000),
        "anonymous_id": visitor,
        **fields,
    }


def minutes(count: float) -> datetime:
    """Return the moment so many minutes after `START`."""
    return START + timedelta(minutes=count)


def raw_object(
    events: Sequence[dict[str, Any]],
    received_at: datetime,
    sent_at: datetime | None = None,
    batch: str = "",
    **receipt_fields: str | None,
) -> tuple[str, bytes]:
    """Return (key, body) of a batch of events; `user_agent` and `country` are those of its receipt."""
    texts = [json.dumps(found).encode() for found in events]
    batch_id = uuid5(NAMESPACE_URL, batch or b"".join(texts).decode())
    receipt = Receipt(received_at, sent_at or received_at, batch_id, **receipt_fields)
    body = encode_lines([RawLine(receipt, Raw(text)) for text in texts])
    return hour_prefix(EVENTS_PREFIX, received_at) + object_name(batch_id, texts), body
