import pytest
from botocore.exceptions import ClientError
from provision import waiting
from provision.errors import TransientError


def client_error(code: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "Operation")


class Refusing:
    """A call that raises its errors one after the other, then answers."""

    def __init__(self, *errors: ClientError) -> None:
        self.errors = list(errors)

    def __call__(self) -> str:
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def test_a_passing_error_is_tried_again() -> None:
    slept: list[float] = []
    call = Refusing(client_error("DependencyViolation"), client_error("DependencyViolation"))
    assert waiting.retry_while(waiting.is_in_use, call, delay_seconds=5, sleep=slept.append) == "done"
    assert slept == [5, 5]


def test_another_error_is_raised_at_once() -> None:
    slept: list[float] = []
    with pytest.raises(ClientError, match="AccessDenied"):
        waiting.retry_while(waiting.is_in_use, Refusing(client_error("AccessDenied")), sleep=slept.append)
    assert slept == []


def test_what_never_passes_ends_with_its_reason() -> None:
    slept: list[float] = []
    call = Refusing(*[client_error("DependencyViolation", "held by eni-1")] * 9)
    with pytest.raises(TransientError, match="held by eni-1"):
        waiting.retry_while(waiting.is_in_use, call, timeout_seconds=10, delay_seconds=5, sleep=slept.append)
    assert sum(slept) == 10


@pytest.mark.parametrize(
    "error",
    [
        client_error(
            "InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda."
        ),
        client_error(
            "ValidationException",
            "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
        ),
        client_error(
            "InvalidParameterValueException",
            "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
        ),
        client_error("InvalidParameter", "Unable to assume given IAM role"),
        client_error(
            "InvalidParameterValue",
            "Value (x) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
        ),
    ],
)
def test_a_role_made_a_moment_ago_is_waited_for(error: ClientError) -> None:
    assert waiting.is_role_not_yet_known(error)


def test_a_state_without_a_waiter_is_polled() -> None:
    states, slept = iter([False, False, True]), list[float]()
    waiting.wait_until(lambda: next(states), "endpoint s3 available", delay_seconds=2, sleep=slept.append)
    assert slept == [2, 2]


def test_a_state_that_never_comes_is_told() -> None:
    with pytest.raises(TransientError, match="endpoint s3 available"):
        waiting.wait_until(
            lambda: False, "endpoint s3 available", timeout_seconds=4, sleep=list[float]().append
        )
