"""Raw objects made for tests, as ingest writes them."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

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
    batch_id = _batch_id(events, batch)
    receipt = Receipt(received_at, sent_at or received_at, batch_id, **receipt_fields)
    return _stored(events, receipt, None)


def signed_in_object(
    user: str | None,
    events: Sequence[dict[str, Any]],
    received_at: datetime,
    sent_at: datetime | None = None,
    batch: str = "",
) -> tuple[str, bytes]:
    """Return (key, body) of a batch of events that came with somebody's access token, or None's."""
    receipt = Receipt(received_at, sent_at or received_at, _batch_id(events, batch))
    return _stored(events, receipt, user)


def _batch_id(events: Sequence[dict[str, Any]], batch: str) -> UUID:
    return uuid5(NAMESPACE_URL, batch or "".join(json.dumps(found) for found in events))


def _stored(events: Sequence[dict[str, Any]], receipt: Receipt, user: str | None) -> tuple[str, bytes]:
    texts = [json.dumps(found).encode() for found in events]
    body = encode_lines([RawLine(receipt, Raw(text), user) for text in texts])
    return hour_prefix(EVENTS_PREFIX, receipt.received_at) + object_name(receipt.batch_id, texts), body
