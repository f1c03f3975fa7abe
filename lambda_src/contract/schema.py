"""Writes the event contract as JSON Schema, for those who do not speak Python.

`python -m contract.schema` prints it; `make schema` puts it into `event_batch.schema.json`.
"""

import json
import sys
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from contract.event import MAX_EVENTS_PER_BATCH, Event


class EventBatch(Struct, forbid_unknown_fields=True):
    """The body of `POST /v1/events`."""

    sent_at: Annotated[datetime, Meta(tz=True)]
    events: Annotated[list[Event], Meta(min_length=1, max_length=MAX_EVENTS_PER_BATCH)]
    batch_id: UUID | None = None


def event_batch_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of an event batch."""
    schema = msgspec.json.schema(EventBatch)
    item = schema["$defs"]["Item"]
    item["anyOf"] = [{"required": ["item_id"]}, {"required": ["item_name"]}]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Event batch", **schema}


def rendered() -> str:
    """Return the schema as the text that the repository holds."""
    return json.dumps(event_batch_schema(), indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(rendered())
