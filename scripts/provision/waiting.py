"""The one place that waits: AWS answers before it is done, and sometimes denies what was just made."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError

from provision.aws import error_code
from provision.errors import TransientError

Answer = TypeVar("Answer")
Sleep = Callable[[float], None]

# A role or profile is known everywhere some seconds after it was made. Until then services say that they may
# not assume it, that there is no such profile, or that it lacks the rights that were put on it a moment ago.
ROLE_NOT_YET_KNOWN = (
    "cannot be assumed by Lambda",
    "must allow AWS EventBridge Scheduler to assume the role",
    "does not have permissions to call",
    "Unable to assume given IAM role",
    "Invalid IAM Instance Profile",
)
# Lambda's network interfaces outlive their function by up to tens of minutes, and hold subnet and group.
INTERFACE_RELEASE_TIMEOUT_SECONDS = 45 * 60
STATE_CHANGE_TIMEOUT_SECONDS = 5 * 60


def is_role_not_yet_known(error: ClientError) -> bool:
    """Whether `error` comes from a role so new that the service has not heard of it."""
    message = str(error)
    return any(sentence in message for sentence in ROLE_NOT_YET_KNOWN)


def is_in_use(error: ClientError) -> bool:
    """Whether something that is going away still holds the thing."""
    return error_code(error) in {
        *("DependencyViolation", "InvalidGroup.InUse", "ResourceInUseException"),
        *("OriginAccessControlInUse", "ResponseHeadersPolicyInUse"),
    }


def is_busy(error: ClientError) -> bool:
    """Whether an earlier change of the same thing is still under way."""
    return error_code(error) in {
        "ConflictException",
        "OperationAborted",
        "QueueDeletedRecently",
        "AWS.SimpleQueueService.QueueDeletedRecently",
        "ResourceConflictException",
    }


def retry_while(
    is_passing: Callable[[ClientError], bool],
    call: Callable[[], Answer],
    *,
    timeout_seconds: float = 120,
    delay_seconds: float = 3,
    sleep: Sleep = time.sleep,
) -> Answer:
    """The answer of `call`, tried again while its error is a passing one and time is left."""
    attempts = max(1, round(timeout_seconds / delay_seconds))
    for _ in range(attempts):
        try:
            return call()
        except ClientError as error:
            if not is_passing(error):
                raise
            last = error
        sleep(delay_seconds)
    raise TransientError(
        f"AWS still refuses after {timeout_seconds:.0f} s: {last}. Run the same command again later."
    )


def wait_until(
    is_done: Callable[[], bool],
    what: str,
    *,
    timeout_seconds: float = STATE_CHANGE_TIMEOUT_SECONDS,
    delay_seconds: float = 2,
    sleep: Sleep = time.sleep,
) -> None:
    """`is_done` holds; for states that boto3 has no waiter for."""
    for _ in range(max(1, round(timeout_seconds / delay_seconds))):
        if is_done():
            return
        sleep(delay_seconds)
    raise TransientError(
        f"{what}: must be true by now, after {timeout_seconds:.0f} s it is not. "
        "Run the same command again later."
    )
