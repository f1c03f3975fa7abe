"""An IAM linter finds nothing in any policy, but for exceptions that have their reason here."""

import copy
import re

import pytest
from provision.normal_form import PolicyDocument

from tests.judges.estate import Estate
from tests.judges.iam_lint import Finding, findings

# (policy, pattern of the finding): why it stands
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("role .* policies", "RESOURCE_STAR: .*NetworkInterface.*"): (
        "Lambda checks these on every resource before it puts a function into a VPC, and an interface has no "
        "name before it exists; the function's own code is denied them"
    ),
    ("role .* policies", "UNKNOWN_CONDITION_FOR_ACTION: .*lambda:SourceFunctionArn for action .*"): (
        "a key of every call that a function's code makes, whatever the service: "
        "https://docs.aws.amazon.com/lambda/latest/dg/permissions-source-function-arn.html"
    ),
    ("gateway endpoint s3 policy", "MISSING_CONDITION: anybody, .*"): (
        "Session Manager's agent lies in AWS's own bucket, and is fetched without credentials"
    ),
    ("role (oltp|warehouse|dashboards) trust", "MISSING_CONDITION: ec2.amazonaws.com .*"): (
        "EC2 names no source; a profile can only be given to instances of its own account"
    ),
    ("operator-hosts", "RESOURCE_MISMATCH: ec2:RunInstances .*"): (
        "each kind of thing that it takes has a statement with a condition of its own; together they are all"
    ),
    ("operator-.*", "RESOURCE_MISMATCH: athena:(List|Tag).*"): (
        "workgroups are what is tagged here; the action takes other things, too"
    ),
    ("operator-sessions", "UNKNOWN_CONDITION_FOR_ACTION: .*ssm:SessionDocumentAccessCheck .*"): (
        "the linter's list is older than the key: https://docs.aws.amazon.com/systems-manager/latest/userguide/"
        "getting-started-sessiondocumentaccesscheck.html"
    ),
    ("operator-sessions", "RESOURCE_MISMATCH: ssmmessages:OpenDataChannel .*"): (
        "the linter's list knows the agent's use of it only; a person's is on sessions: https://docs.aws."
        "amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-quickstart.html"
    ),
    ("operator-.*", "PERMISSIONS_MANAGEMENT_ACTIONS: "): "roles and policies are what the operator makes",
    ("operator-.*", "RESOURCE_POLICY_PRIVILEGE_ESCALATION: .*-\\* due to s3:.*"): (
        "whoever writes the buckets' policies can open them to himself: the operator is that one"
    ),
    ("operator-.*", "PRIVILEGE_ESCALATION: "): (
        "whoever releases functions can run code as their roles; the roles are those of this environment"
    ),
    ("operator-.*", "CREDENTIALS_EXPOSURE: "): (
        "lambda:GetFunction and the like show code and environment, which hold no secret"
    ),
}


def left_over(policy: str, document: PolicyDocument) -> list[str]:
    """The findings that no exception covers."""
    return [
        str(one)
        for one in findings(document)
        if not any(re.fullmatch(where, policy) and re.fullmatch(what, str(one)) for where, what in EXCEPTIONS)
    ]


def test_no_policy_has_a_finding_without_a_reason(estate: Estate) -> None:
    policies = estate.policies()
    assert len(policies) >= 18
    found = {name: left_over(name, document) for name, document in policies.items()}
    assert {name: left for name, left in found.items() if left} == {}


def test_every_exception_is_still_needed(estate: Estate) -> None:
    seen = [(name, str(one)) for name, document in estate.policies().items() for one in findings(document)]
    idle = [
        exception
        for exception in EXCEPTIONS
        if not any(re.fullmatch(exception[0], name) and re.fullmatch(exception[1], one) for name, one in seen)
    ]
    assert idle == []


INGEST_WITH = [
    ({"Action": "s3:PutObjct"}, "UNKNOWN_ACTION: Unknown action s3:PutObjct"),
    ({"Action": "s4:PutObject"}, "UNKNOWN_PREFIX: Unknown prefix s4"),
    ({"Action": "s3:*"}, "ACTION_STAR: s3:*"),
    ({"Action": "s3:CreateBucket"}, "RESOURCE_MISMATCH: s3:CreateBucket arn:*:s3:::*"),
    ({"Resource": "*"}, "RESOURCE_STAR: s3:PutObject"),
    ({"Resource": "arn:aws:s3:::raw"}, "RESOURCE_MISMATCH: s3:PutObject arn:*:s3:::*/*"),
    ({"Resource": "raw/events/*"}, "INVALID_ARN: Does not have 6 parts"),
    (
        {"Action": "iam:PassRole", "Resource": "arn:aws:iam::123456789012:role/x"},
        "MISSING_CONDITION: iam:PassRole without iam:PassedToService",
    ),
    (
        {"Condition": {"StringEquals": {"s3:prefx": "events/"}}},
        "UNKNOWN_CONDITION_FOR_ACTION: Unknown condition s3:prefx for action s3:PutObject",
    ),
    (
        {"Condition": {"StringEqals": {"aws:SourceVpce": "vpce-1"}}},
        "UNKNOWN_OPERATOR: StringEqals",
    ),
    (
        {"Condition": {"Bool": {"aws:PrincipalArn": "x"}}},
        "MISMATCHED_TYPE",
    ),
]


@pytest.mark.parametrize(("fault", "finding"), INGEST_WITH, ids=lambda value: str(value)[:60])
def test_a_fault_in_a_policy_is_found(estate: Estate, fault: PolicyDocument, finding: str) -> None:
    policy = copy.deepcopy(estate.policies()["role ingest policies"])
    policy["Statement"].append({"Sid": "Planted", "Effect": "Allow", **policy["Statement"][0], **fault})
    policy["Statement"][-1]["Sid"] = "Planted"
    found = left_over("role ingest policies", policy)
    assert any(one.startswith(finding) for one in found), found


def test_a_service_without_its_source_is_found(estate: Estate) -> None:
    trust = copy.deepcopy(estate.policies()["role scheduler trust"])
    del trust["Statement"][0]["Condition"]
    assert findings(trust) == [
        Finding("MISSING_CONDITION", "scheduler.amazonaws.com without aws:SourceAccount")
    ]


def test_a_service_that_does_not_exist_is_found(estate: Estate) -> None:
    trust = copy.deepcopy(estate.policies()["role scheduler trust"])
    trust["Statement"][0]["Action"] = "sts:AsumeRole"
    assert [one.issue for one in findings(trust)] == ["UNKNOWN_ACTION"]


def test_an_open_door_is_found(estate: Estate) -> None:
    endpoint = copy.deepcopy(estate.policies()["interface endpoint ssm policy"])
    del endpoint["Statement"][0]["Condition"]
    assert "MISSING_CONDITION" in {one.issue for one in findings(endpoint)}
