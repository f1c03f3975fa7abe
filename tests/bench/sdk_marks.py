"""Finds the marked events in what a tracker sent, however it packs them. Pure."""

import base64
import binascii
import gzip
import json
import re
import uuid
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

# what each tracker calls the id by which its server could know a copy; None: it has none
IDS: dict[str, str | None] = {
    "cloudworks": "event_id",
    "amplitude": "insert_id",
    "clickstream": "event_id",
    "mixpanel": "$insert_id",
    "openpanel": None,
    "plausible": None,
    "posthog": "uuid",
    "snowplow": "eid",
}
_MARK = re.compile(r"mark-[\w.]+")


def mark(trial: str, number: int) -> str:
    """Return the mark of one event."""
    return f"mark-{trial}.{number}"


def marked_events(body: bytes, tracker: str) -> list[tuple[str, str]]:
    """Return mark and id of every marked event in a body; what has no id gets a new one."""
    if not _MARK.search(_text(body)):
        return []
    return list(_found(_document(body), IDS[tracker]))


def _text(body: bytes) -> str:
    """Return the JSON text in a body: gzip, a form's field `data`, base64, or just there."""
    if body[:2] == b"\x1f\x8b":
        body = gzip.decompress(body)
    text = body.decode(errors="replace")
    if text.startswith("data="):
        text = parse_qs(text)["data"][0]
    if text[:1] in "[{":
        return text
    try:
        return base64.b64decode(text, validate=True).decode(errors="replace")
    except binascii.Error:
        return text


def _document(body: bytes) -> Any:
    return json.loads(_text(body))


def _found(part: Any, id_name: str | None) -> Iterator[tuple[str, str]]:
    """Yield the events in a part of a document: the innermost objects with an id that hold a mark."""
    parts = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    inner = [event for one in parts if isinstance(one, dict | list) for event in _found(one, id_name)]
    yield from inner
    if not inner and isinstance(part, dict) and (id_name is None or id_name in part):
        for found in _MARK.findall(json.dumps(part)):
            yield found, str(part[id_name]) if id_name else uuid.uuid4().hex
