"""How every function that answers HTTP says that something went wrong: problem details, RFC 9457. Pure."""

import json
from typing import Any


class ProblemError(Exception):
    """What a client is told of a request that failed; terminal for 4xx, transient for 5xx."""

    def __init__(self, status: int, slug: str, title: str, detail: str) -> None:
        super().__init__(f"{status} {title}: {detail}")
        self.status, self.slug, self.title, self.detail = status, slug, title, detail


def json_answer(status: int, body: dict[str, Any], content_type: str = "application/json") -> dict[str, Any]:
    """Return API Gateway's answer (payload format 2.0) with a body that no cache may keep."""
    return {
        "statusCode": status,
        "headers": {"content-type": content_type, "cache-control": "no-store"},
        "body": json.dumps(body),
    }


def problem_answer(problem: ProblemError, request_id: str) -> dict[str, Any]:
    """Return the problem as `application/problem+json`; a passing one says when to come back."""
    body = {
        "type": f"urn:cloudworks:problem:{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": f"urn:aws:request:{request_id}",
    }
    answer = json_answer(problem.status, body, "application/problem+json")
    if problem.status == 503:
        answer["headers"]["retry-after"] = "5"
    return answer
