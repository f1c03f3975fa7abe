"""What the client is told, and what the metrics count. Pure."""

from typing import Any

from contract.metrics import Values
from contract.problem import json_answer

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


def metrics_of(batch: SortedBatch, is_resent: bool) -> Values:
    """Return what is counted of a batch, by metric name.


    A batch that was stored before counts as resent, not as accepted again: what is accepted equals what is
    stored.
    """
    return {
        "EventsAccepted": ("Count", 0 if is_resent else len(batch.accepted)),
        "EventsRejected": ("Count", 0 if is_resent else len(batch.rejected)),
        "BatchesResent": ("Count", int(is_resent)),
    }
