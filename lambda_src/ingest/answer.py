"""What the client is told, and what the metrics count. Pure."""

import json
from typing import Any

from contract.metrics import Values

from ingest.batch import SortedBatch
from ingest.request import ProblemError


def accepted_answer(batch: SortedBatch) -> dict[str, Any]:
    """Return the answer 200: counts, and for each rejected event its index, id and reason."""
    return _answer(
        200,
        "application/json",
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


def problem_answer(problem: ProblemError, request_id: str) -> dict[str, Any]:
    """Return the problem as `application/problem+json` (RFC 9457)."""
    answer = _answer(
        problem.status,
        "application/problem+json",
        {
            "type": f"urn:cloudworks:problem:{problem.slug}",
            "title": problem.title,
            "status": problem.status,
            "detail": problem.detail,
            "instance": f"urn:aws:request:{request_id}",
        },
    )
    if problem.status == 503:
        answer["headers"]["retry-after"] = "5"
    return answer


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


def _answer(status: int, content_type: str, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "statusCode": status,
        "headers": {"content-type": content_type, "cache-control": "no-store"},
        "body": json.dumps(body),
    }
