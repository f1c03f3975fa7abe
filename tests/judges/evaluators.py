"""One question about who may do what, put to two evaluators that share no code.

The emulator's own engine decides in the local stack. The other is cloud-copilot's iam-simulate, which checks
every question against AWS's list of actions, the resources they take and the context keys they know: a
question that could not be asked on AWS is an error, and so is a key that AWS would not send.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from provision.normal_form import PolicyDocument

from local_stack.aws import iam_engine

HERE = Path(__file__).resolve().parent
# scripts/setup_judges.sh puts it there, as package-lock.json beside this file says
SIMULATOR = Path(sys.prefix) / "judges"
ANYBODY = "anybody"  # a call without a signature
EVERYTHING: PolicyDocument = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


@dataclass(frozen=True)
class Question:
    """May `caller` (an ARN, a service such as lambda.amazonaws.com, ANYBODY) do `action` on `resource`?"""

    caller: str
    action: str
    resource: str
    account: str  # that owns the resource
    context: Mapping[str, str] = field(default_factory=dict)
    identity: Sequence[PolicyDocument] = ()
    of_resource: PolicyDocument | None = None
    endpoint: PolicyDocument | None = None  # of the VPC endpoint that the call goes through

    def __str__(self) -> str:
        """The question in a line."""
        keys = ", ".join(f"{key}={value}" for key, value in self.context.items())
        return f"{self.caller} {self.action} {self.resource} ({keys})"


def by_emulator(question: Question) -> bool:
    """What the local stack's engine says."""
    is_service = question.caller.endswith(".amazonaws.com")
    request = iam_engine.Request(
        action=question.action,
        resource=question.resource,
        context={key.lower(): value for key, value in question.context.items()},
        arns=frozenset() if is_service or question.caller == ANYBODY else frozenset({question.caller}),
        account=question.account,
        services=frozenset({question.caller}) if is_service else frozenset(),
    )
    policies = iam_engine.Policies(
        identity=[json.dumps(document) for document in question.identity],
        resource=json.dumps(question.of_resource) if question.of_resource else None,
    )
    if question.endpoint:
        door = iam_engine.evaluate([json.dumps(question.endpoint)], request, is_resource_policy=True)
        if door != "Allow":
            return False
    return iam_engine.is_allowed(policies, request)


def by_simulator(questions: Sequence[Question]) -> list[str]:
    """What iam-simulate says, in one run of it: Allowed, ImplicitlyDenied or ExplicitlyDenied of each."""
    if not (SIMULATOR / "node_modules").is_dir():
        raise AssertionError(f"iam-simulate must be in {SIMULATOR}: run scripts/setup_judges.sh")
    node = Path(sys.executable).with_name("node")
    ran = subprocess.run(
        [node, HERE / "simulate.mjs", SIMULATOR],
        input=json.dumps([_simulation(one) for one in questions]),
        capture_output=True,
        text=True,
        check=True,
    )
    answers = json.loads(ran.stdout)
    errors = [
        f"{one}: {answer.get('error') or answer['ignoredKeys']}"
        for one, answer in zip(questions, answers, strict=True)
        if answer.get("error") or answer["ignoredKeys"]
    ]
    if errors:
        raise AssertionError("\n".join(["AWS would not understand, or not send:", *errors]))
    return [str(answer["decision"]) for answer in answers]


def _simulation(question: Question) -> dict[str, Any]:
    return {
        "request": {
            "principal": {"type": "Anonymous"} if question.caller == ANYBODY else question.caller,
            "action": question.action,
            "resource": {"resource": question.resource, "accountId": question.account},
            "contextVariables": dict(question.context),
        },
        "identityPolicies": [
            {"name": f"identity-{number}", "policy": document}
            for number, document in enumerate(question.identity)
        ],
        "serviceControlPolicies": [],
        "resourceControlPolicies": [],
        # every bucket is closed: a policy that S3 counts as public gives nothing
        "additionalSettings": {"s3": {"blockPublicAccess": True}},
        **({"resourcePolicy": question.of_resource} if question.of_resource else {}),
        **(
            {"vpcEndpointPolicies": [{"name": "endpoint", "policy": question.endpoint}]}
            if question.endpoint
            else {}
        ),
    }
