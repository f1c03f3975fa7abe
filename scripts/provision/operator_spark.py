"""What the operator must be allowed for Spark, as a pure function; only where a setting wants Spark."""

from __future__ import annotations

from provision.aws import Account
from provision.normal_form import PolicyDocument
from provision.policies.statements import document
from provision.settings import Settings

_SERVICE = "ops.emr-serverless.amazonaws.com"
OWN_ACTIONS = [
    f"emr-serverless:{action}"
    for action in (
        *("DeleteApplication", "GetApplication", "StartApplication", "StopApplication", "UpdateApplication"),
        *("CancelJobRun", "GetJobRun", "StartJobRun", "ListTagsForResource", "TagResource"),
    )
]


def spark_operations(settings: Settings, account: Account) -> PolicyDocument:
    """Make, change and end the environment's application, and run jobs on it.

    An application has an id and no name in its ARN: this reaches those with the environment's tag.
    https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/security-iam-user-policies.html
    """
    stem = f"{settings.project}-{settings.environment}"
    role = f"arn:aws:iam::{account.id}:role/{stem}-spark"
    own = account.arn("emr-serverless", "/applications/*")
    place = f"arn:aws:iam::{account.id}:role/aws-service-role/{_SERVICE}/*"
    tags = {"Project": settings.project, "Environment": settings.environment}
    ours = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
    to_be_ours = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    passed, made = {"iam:PassedToService": "emr-serverless.amazonaws.com"}, {"iam:AWSServiceName": _SERVICE}
    called = {"aws:CalledViaLast": _SERVICE}
    parts = [account.arn("ec2", f"{what}/*") for what in ("network-interface", "security-group", "subnet")]
    return document(
        [
            _allow("FindApplications", ["emr-serverless:ListApplications"], "*"),
            # what has no id yet has no name to give; the tags say whose it will be
            _when("MakeApplications", ["emr-serverless:CreateApplication"], "*", to_be_ours),
            _when("TagApplications", ["emr-serverless:TagResource"], own, to_be_ours),
            _when("OwnApplications", OWN_ACTIONS, own, ours),
            _when("PassSparkRole", ["iam:PassRole"], role, passed),
            _when("LetTheServiceWork", ["iam:CreateServiceLinkedRole"], place, made),
            # the service makes its interfaces in the name of who makes the application
            _when("InterfacesOfTheService", ["ec2:CreateNetworkInterface"], parts, called),
        ]
    )


def _allow(sid: str, actions: list[str], resource: str | list[str]) -> PolicyDocument:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource}


def _when(sid: str, actions: list[str], resource: str | list[str], equal: dict[str, str]) -> PolicyDocument:
    return {**_allow(sid, actions, resource), "Condition": {"StringEquals": equal}}
