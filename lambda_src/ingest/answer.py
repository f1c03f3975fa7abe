"""What the client is told, and what the metrics count. Pure."""

import json
from datetime import datetime
from typing import Any

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


def metrics_line(batch: SortedBatch, is_resent: bool, at: datetime) -> str:
    """Return one log line in CloudWatch's embedded metric format.

    A batch that was stored before counts as resent, not as accepted again: what is accepted equals what is
    stored. Source of the form: Amazon CloudWatch User Guide, "Embedded metric format specification".
    """
    counts = {
        "EventsAccepted": 0 if is_resent else len(batch.accepted),
        "EventsRejected": 0 if is_resent else len(batch.rejected),
        "BatchesResent": int(is_resent),
    }
    metrics = [{"Name": name, "Unit": "Count"} for name in counts]
    directive = {"Namespace": "CloudWorks", "Dimensions": [["Function"]], "Metrics": metrics}
    return json.dumps(
        {
            "_aws": {"Timestamp": int(at.timestamp() * 1000), "CloudWatchMetrics": [directive]},
            "Function": "ingest",
            "batch_id": str(batch.receipt.batch_id),
            **counts,
        }
    )
