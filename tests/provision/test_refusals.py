"""AWS refuses for a while what the emulator takes at once: every such call is tried again until it is taken.

Here each of these calls is refused twice first, in the words of AWS, without going out; then it goes through.
The sources are in docs/decisions/0013-what-the-emulator-forgives.md.
"""

from collections import Counter
from types import SimpleNamespace

import pytest
from botocore.model import OperationModel
from provision import engine, waiting
from provision.aws import Account, Aws
from provision.function_zip import FunctionZip
from provision.resource import Document, Resource
from provision.settings import Settings
from provision.stack import build_stack

TIMES = 2
IN_USE = ("DependencyViolation", "has dependencies and cannot be deleted")
WORKING = (
    "ResourceConflictException",
    "The operation cannot be performed at this time. An update is in progress",
)
ABORTED = ("OperationAborted", "A conflicting conditional operation is currently in progress")
WHILE_MAKING = {
    "CreateBucket": ABORTED,
    "CreateFunction": (
        "InvalidParameterValueException",
        "The role defined for the function cannot be assumed by Lambda.",
    ),
    "CreateQueue": (
        "AWS.SimpleQueueService.QueueDeletedRecently",
        "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
    ),
    "CreateSchedule": (
        "ValidationException",
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
    ),
    "CreateScheduleGroup": ("ConflictException", "Schedule group is being deleted."),
    "PublishVersion": WORKING,
    "PutBucketLifecycleConfiguration": ABORTED,
    "PutBucketPolicy": ABORTED,
    "PutFunctionEventInvokeConfig": (
        "InvalidParameterValueException",
        "The function's execution role does not have permissions to call SendMessage on the queue",
    ),
    "PutPublicAccessBlock": ABORTED,
    "PutRolePolicy": ("NoSuchEntity", "The role cannot be found."),
}
WHILE_DELETING = {
    "DeleteFunction": WORKING,
    "DeleteRouteTable": IN_USE,
    "DeleteSecurityGroup": IN_USE,
    "DeleteSubnet": IN_USE,
    "DeleteVpc": IN_USE,
}


class Refusing:
    """Answers the first calls of some operations with AWS's refusals, and counts them."""

    def __init__(self, aws: Aws, refusals: dict[str, tuple[str, str]]) -> None:
        self.refusals, self.counts = refusals, Counter[str]()
        aws.session.events.register("before-call", self._answer)

    def _answer(self, model: OperationModel, **_: object) -> Document:
        if model.name not in self.refusals or self.counts[model.name] == TIMES:
            return None  # the call goes out
        self.counts[model.name] += 1
        code, message = self.refusals[model.name]
        return SimpleNamespace(status_code=400), {"Error": {"Code": code, "Message": message}}


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long would have been waited, instead of waiting."""
    seconds: list[float] = []
    for function in (waiting.retry_while, waiting.wait_until):
        defaults: Document = function.__kwdefaults__
        monkeypatch.setitem(defaults, "sleep", seconds.append)
    return seconds


@pytest.fixture
def aws(settings: Settings, endpoint: str) -> Aws:
    """AWS before its first client is made: clients take the session's handlers as they are then."""
    assert endpoint
    return Aws(settings.region)


@pytest.fixture
def stack(settings: Settings, small_zips: dict[str, FunctionZip]) -> list[Resource]:
    return build_stack(settings, Account("123456789012", settings.region, "pl-12345678"), small_zips)


def test_a_whole_life_gets_through_all_refusals_that_pass(
    stack: list[Resource], aws: Aws, slept: list[float]
) -> None:
    refusing = Refusing(aws, {**WHILE_MAKING, **WHILE_DELETING})
    engine.apply(stack, aws, lambda _line: None)
    assert refusing.counts == dict.fromkeys(WHILE_MAKING, TIMES)
    assert engine.plan(stack, aws).is_empty
    engine.destroy(stack, aws, lambda _line: None, include_data=True)
    assert refusing.counts == dict.fromkeys({**WHILE_MAKING, **WHILE_DELETING}, TIMES)
    assert [part.name for part in stack if part.read(aws) is not None] == []
    assert len(slept) == TIMES * len(refusing.counts)


@pytest.mark.parametrize("operation", ["CreateVpc", "CreateFunction", "PutBucketPolicy"])
def test_a_refusal_that_does_not_pass_ends_the_run(
    operation: str, stack: list[Resource], aws: Aws, slept: list[float]
) -> None:
    Refusing(aws, {operation: ("AccessDenied", "not authorized")})
    with pytest.raises(Exception, match="not authorized"):
        engine.apply(stack, aws, lambda _line: None)
    assert slept == []
