"""What the client is told, and what the metrics count. Pure."""

from collections.abc import Collection
from typing import Any

from contract.metrics import Values
from contract.problem import json_answer
from contract.raw_object import EVENTS_PREFIX

from ingest.batch import SortedBatch


def accepted_answer(batch: SortedBatch) -> dict[str, Any]:
    """Return the answer 200: counts, and for each rejected event its index, id and reason."""
    return json_answer(
        200,
        {
            "batch_id": str(batch.receipt.batch_id),
            "accepted": len(batch.accepted),
            "rejected": len(batch.rejected),
            "errors": [
                {"index": line.index, "event_id": line.event_id, "reason": line.reason}
                for line in batch.rejected
            ],
        },
    )


def metrics_of(batch: SortedBatch, stored_now: Collection[str]) -> Values:
    """Return what is counted of a batch, by metric name; `stored_now` has the keys of its new objects.

    A batch that was stored before counts as resent, not as accepted again: what is accepted equals what is
    stored, also when somebody sends the same good events with other bad ones under one batch id.
    """
    is_accepted_now = any(key.startswith(EVENTS_PREFIX) for key in stored_now)
    return {
        "EventsAccepted": ("Count", len(batch.accepted) if is_accepted_now else 0),
        "EventsRejected": ("Count", len(batch.rejected) if stored_now else 0),
        "BatchesResent": ("Count", int(not stored_now)),
    }
