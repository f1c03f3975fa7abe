"""Requests as API Gateway gives them to a function (payload format 2.0)."""

import base64
import json
from typing import Any

EVENT = {
    "event_id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "event_name": "page_view",
    "event_time": 1_719_698_560_000,
    "anonymous_id": "v1",
}


def gateway_event(body: bytes, **headers: str) -> dict[str, Any]:
    """Return a POST with this body; header names with underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "version": "2.0",
        "headers": {"content-type": "application/json", **named},
        "requestContext": {
            "http": {"method": "POST", "sourceIp": "203.0.113.77", "userAgent": "Firefox"},
            "requestId": "r1",
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }


def batch_body(*events: object) -> bytes:
    """Return the body of a batch of these events."""
    return json.dumps({"sent_at": "2024-06-29T22:02:41Z", "events": events}).encode()
