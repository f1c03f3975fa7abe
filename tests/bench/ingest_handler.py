"""How long `ingest` takes to answer batches of several sizes, in this process.

    RAW_BUCKET=raw AWS_ENDPOINT_URL=… python -m tests.bench.ingest_handler RESULT.json REQUESTS

Each request is one API Gateway event in, one answer out: reading, checking and storing the batch; everything
but the network to the function.
"""

import contextlib
import itertools
import json
import os
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec

from tests.bench.handler_times import Event, milliseconds, percentiles
from tests.bench.realistic_events import Stream, lines_of_hour
from tests.ingest.gateway import gateway_event

# one event; what the SDK sends of a page; a batch that waited for the network; the most the contract takes
BATCHES = (1, 5, 20, 50)
_USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def requests(events_count: int) -> Iterator[Event]:
    """Return batches of so many events of a busy shop, without end and none twice."""
    lines = lines_of_hour(Stream(5000, hours_count=1), 0)
    known: Iterator[dict[str, Any]] = itertools.cycle(msgspec.json.decode(line.event) for line in lines)
    while True:
        events = [{**event, "event_id": str(uuid.uuid4())} for event in itertools.islice(known, events_count)]
        sent_at = datetime.now(UTC).isoformat()
        body = msgspec.json.encode({"sent_at": sent_at, "events": events})
        yield gateway_event(body, user_agent=_USER_AGENT)


def measured(requests_count: int) -> dict[str, dict[str, float]]:
    """Return the figures, by what was sent."""
    handler = import_module("ingest.handler").handler
    context = SimpleNamespace(aws_request_id="r-1", function_name="ingest")
    found = {}
    # its metrics are not what is measured
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, contextlib.redirect_stdout(nowhere):
        for count in BATCHES:
            taken = milliseconds(lambda event: handler(event, context), requests(count), requests_count)
            found["1 event" if count == 1 else f"{count} events"] = percentiles(taken)
    return found


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(measured(int(sys.argv[2]))), encoding="utf-8")
