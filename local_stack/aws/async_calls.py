"""What Lambda does with calls that nobody waits for: tries, waits, and at last the on-failure destination.

A failed call is tried again after one and two minutes, as often as the settings of the version or alias say;
one that finds the function at its reserved concurrency is tried until it is too old. Source: "Error handling
for asynchronous invocation". Calls that wait for a further try are lost when the stack goes down.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from local_stack.aws.environment import FunctionSpec
from local_stack.aws.gate import Gate
from local_stack.aws.service_sessions import RoleNotAssumableError, assume_as_lambda
from local_stack.state import StackState

RETRY_DELAYS_SECONDS = (60.0, 120.0)
BUSY_DELAY_SECONDS = 5.0
SESSION_SECONDS = 900


@dataclass(frozen=True)
class CallRules:
    """How often and how long a call is tried, and the queue that gets it in the end."""

    retries: int = len(RETRY_DELAYS_SECONDS)
    oldest_seconds: float = 6 * 3600.0
    on_failure_arn: str | None = None


def rules_of(config: Mapping[str, Any]) -> CallRules:
    """Return the rules in a function's event invoke config; AWS's defaults where it says nothing."""
    destination = (config.get("DestinationConfig") or {}).get("OnFailure") or {}
    return CallRules(
        int(config.get("MaximumRetryAttempts", CallRules.retries)),
        float(config.get("MaximumEventAgeInSeconds", CallRules.oldest_seconds)),
        destination.get("Destination"),
    )


@dataclass(frozen=True)
class FailedCall:
    """A call that was given up."""

    spec: FunctionSpec
    event: bytes
    tries: int
    payload: bytes | None  # what the function said; None when it never ran


def message_of(failed: FailedCall) -> str:
    """Return the record that the destination gets."""
    document = {
        "version": "1.0",
        "timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "requestContext": {
            "functionArn": failed.spec.arn,
            "condition": "EventAgeExceeded" if failed.payload is None else "RetriesExhausted",
            "approximateInvokeCount": failed.tries,
        },
        "requestPayload": _json_of(failed.event),
    }
    if failed.payload is not None:
        context = {
            "statusCode": 200,
            "executedVersion": failed.spec.version,
            "functionError": "Unhandled",
        }
        document |= {"responseContext": context, "responsePayload": _json_of(failed.payload)}
    return json.dumps(document)


def deliver(state: StackState, gate: Gate, failed: FailedCall, queue_arn: str) -> None:
    """Send the record as the function's role, which must be allowed to; a refusal is in our own log."""
    *_, account, name = queue_arn.split(":")
    try:
        spec = failed.spec
        with gate.request():
            session = assume_as_lambda(
                state.aws_region, spec.role_arn, spec.name, spec.function_arn, SESSION_SECONDS
            )
        queues: Any = boto3.client(
            "sqs",
            endpoint_url=state.aws_endpoint_url,
            region_name=state.aws_region,
            aws_access_key_id=session.access_key_id,
            aws_secret_access_key=session.secret_access_key,
            aws_session_token=session.session_token,
        )
        queues.send_message(
            QueueUrl=f"{state.aws_endpoint_url}/{account}/{name}", MessageBody=message_of(failed)
        )
    except (BotoCoreError, ClientError, RoleNotAssumableError) as error:
        print(f"lambda: {failed.spec.name}: on-failure destination: {error}", flush=True)


def _json_of(text: bytes) -> Any:  # noqa: ANN401 - whatever JSON can hold
    try:
        return json.loads(text)
    except ValueError:
        return text.decode(errors="replace")
