"""The ingest Lambda: answers 200 only when every accepted event lies in the raw bucket.

Settings (environment): RAW_BUCKET; SOURCE_IP_MODE = truncate (default), drop or keep; COUNTRY_HEADER, empty
for none; REDACT_EMAILS and PRIVATE_PARAMETERS, as `contract.privacy` reads them.
"""

import os
import sys
from datetime import UTC, datetime
from typing import Any, Protocol, cast

import obstore
from contract.bucket import open_bucket
from contract.metrics import metrics_line
from contract.privacy import privacy_from
from contract.problem import ProblemError, problem_answer
from obstore.exceptions import AlreadyExistsError, BaseError

from ingest.answer import accepted_answer, metrics_of
from ingest.batch import SortedBatch, sort_batch
from ingest.request import SourceIpMode, read_request

# The whole request must end before API Gateway's 30 s: a few quick tries, then the client retries.
_store = open_bucket(os.environ["RAW_BUCKET"], timeout_seconds=4, max_retries=2)
_source_ip_mode = cast(SourceIpMode, os.environ.get("SOURCE_IP_MODE", "truncate"))
_country_header = os.environ.get("COUNTRY_HEADER", "")
_privacy = privacy_from(os.environ)


class Context(Protocol):
    """What is used of Lambda's context object."""

    aws_request_id: str
    function_name: str


def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Store the batch in `event` (payload format 2.0) and return API Gateway's answer."""
    received_at = datetime.now(UTC)
    try:
        request = read_request(event, _country_header)
        batch = sort_batch(request, received_at, _source_ip_mode, _privacy)
        stored_now = _stored_now(batch)
    except ProblemError as problem:
        sys.stdout.write(f"{problem}\n")
        return problem_answer(problem, context.aws_request_id)
    counts, batch_id = metrics_of(batch, stored_now), str(batch.receipt.batch_id)
    sys.stdout.write(metrics_line(context.function_name, counts, received_at, batch_id=batch_id) + "\n")
    return accepted_answer(batch)


def _stored_now(batch: SortedBatch) -> list[str]:
    """Store the batch's objects; return the keys of those that were not there already."""
    return [key for key, body in batch.objects().items() if _is_new(key, body)]


def _is_new(key: str, body: bytes) -> bool:
    try:
        # `create` sends If-None-Match: an object once written is never overwritten
        obstore.put(_store, key, body, mode="create")
    except AlreadyExistsError:
        return False
    except BaseError as error:
        sys.stderr.write(f"can't store {key}: {error}\n")
        detail = "Nothing is lost if you send the same batch again after a few seconds."
        raise ProblemError(503, "store-unavailable", "The event store can't be reached", detail) from error
    return True
