"""Questions about who may do what, as the estate's callers put them, and who answers them otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from provision.normal_form import PolicyDocument
from provision.resources import BucketPolicy, GatewayEndpoint, Role
from provision.storage import ROLES_INSIDE

from tests.judges.estate import Estate
from tests.judges.evaluators import ANYBODY, Question, by_emulator, by_simulator
from tests.judges.role_work import Call

TLS = {"aws:SecureTransport": "true"}


def names(estate: Estate) -> dict[str, str]:
    """The ARNs of buckets and the like that stand in the matrix as `{raw}`."""
    buckets = {
        estate.what(part.bucket): part.bucket.planned_arn
        for part in estate.stack
        if isinstance(part, BucketPolicy)
    }
    stem = f"{estate.settings.project}-{estate.settings.environment}"
    account = estate.account
    return {**buckets, "place": f"{account.region}:{account.id}", "account": account.id, "stem": stem}


def asked_by(estate: Estate, role: str, call: Call, **context: str) -> Question:
    """The call, made by a session of the role, as Lambda and EC2 have it, from where the role is at home."""
    question = asked_from_outside(estate, role, call, **context)
    is_inside = role in ROLES_INSIDE and call.action.startswith("s3:")
    return through_the_endpoint(estate, question) if is_inside else question


def asked_from_outside(estate: Estate, role: str, call: Call, **context: str) -> Question:
    """The call as anybody makes it who has taken the role's credentials out of the VPC."""
    found, resource = estate.find(Role, role), call.resource.format(**names(estate))
    return Question(
        caller=f"arn:aws:sts::{estate.account.id}:assumed-role/{found.name}/session",
        action=call.action,
        resource=resource,
        account=estate.account.id,
        context={**TLS, "aws:PrincipalArn": found.arn, **call.context, **context},
        identity=(found.policy,),
        of_resource=bucket_policy(estate, resource),
    )


def through_the_endpoint(estate: Estate, question: Question) -> Question:
    """The same call by way of our gateway endpoint, which has a policy of its own."""
    door = estate.find(GatewayEndpoint, "s3")
    behind = {"aws:SourceVpce": door.id, "aws:ResourceAccount": question.account}
    return replace(question, context={**question.context, **behind}, endpoint=door.policy)


def anonymously(estate: Estate, action: str, resource: str) -> Question:
    """The call without any signature, as apt makes it."""
    named = resource.format(**names(estate))
    return Question(
        caller=ANYBODY,
        action=action,
        resource=named,
        account=estate.account.id,
        context=TLS,
        of_resource=bucket_policy(estate, named),
    )


def bucket_policy(estate: Estate, resource: str) -> PolicyDocument | None:
    """What the bucket says itself, of a bucket or object; None of anything else."""
    bucket = resource.removeprefix("arn:aws:s3:::").partition("/")[0]
    policies = [part for part in estate.stack if isinstance(part, BucketPolicy)]
    return next((part.document() for part in policies if part.bucket.name == bucket), None)


def disagreements(questions: Sequence[Question], *, is_allowed: bool) -> list[str]:
    """The questions that one of the two answers otherwise."""
    return [
        f"{question}: emulator {ours}, simulator {theirs}"
        for question, theirs in zip(questions, by_simulator(questions), strict=True)
        if (ours := by_emulator(question)) is not is_allowed or (theirs == "Allowed") is not is_allowed
    ]


def by_operator(
    estate: Estate, action: str, resource: str, context: dict[str, str], *, erases: bool = False
) -> Question:
    """The call, made by who runs provisioning; whoever erases people has one policy more."""
    documents = [
        document
        for name, document in estate.policies().items()
        if name.startswith("operator-") and (erases or name != "operator-erasure")
    ]
    named = resource.format(**names(estate))
    return Question(
        caller=f"arn:aws:iam::{estate.account.id}:user/operator",
        action=action,
        resource=named,
        account=estate.account.id,
        context={**TLS, **context},
        identity=documents,
        of_resource=bucket_policy(estate, named),
    )
