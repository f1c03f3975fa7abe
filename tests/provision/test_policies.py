"""Every policy equals its golden file, and a wildcard stands only where no name can be given."""

import json
from dataclasses import replace
from pathlib import Path

from provision.aws import Account
from provision.function_zip import FunctionZip, ZipSources
from provision.normal_form import PolicyDocument, policy_text
from provision.operator_policy import operator_policies
from provision.resource import Resource
from provision.resources import Bucket, BucketPolicy, GatewayEndpoint, InterfaceEndpoint, Role, Topic
from provision.settings import Settings
from provision.stack import build_stack

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "policies"
GOLDEN_OF_SPARK = GOLDEN.with_name("policies_spark")
ACCOUNT = Account("123456789012", "eu-central-1", "pl-12345678")

# Statements that may say `*`, and why.
WILDCARD_ACTIONS = {
    "OverTlsOnly": "a Deny of everything that is not encrypted must name everything",
    "InsideOnlyThroughTheEndpoint": "whatever a role in the VPC may do, it does from there",
}
WILDCARD_RESOURCES = {
    "FindLogGroup": "logs:DescribeLogGroups takes no resource",
    "LiveInTheVpc": "Lambda checks for these on every resource; an interface has no name before it exists",
    "SpeakAsAgent": "what an agent does with Session Manager takes no resource",
    "OwnAgentsOnly": "what an agent does with Session Manager takes no resource",
    "InterfacesAreNotForTheCode": "a Deny for the function's own code must reach every interface",
}


def the_stack(settings: Settings) -> list[Resource]:
    zips = {name: FunctionZip(ZipSources(name, {})) for name in ("ingest", "etl", "shop")}
    return build_stack(settings, ACCOUNT, zips)


def policies_of(settings: Settings) -> dict[str, PolicyDocument]:
    """Every policy of the stack by the name of its golden file."""
    found: dict[str, PolicyDocument] = {}
    stem = f"{settings.project}-{settings.environment}-"
    for part in the_stack(settings):
        what = part.name.removeprefix(stem).removesuffix(f"-{ACCOUNT.id}")
        if isinstance(part, Role):
            found |= {what: part.policy, f"trust-{what}": part.trust}
        if isinstance(part, BucketPolicy):
            found[f"bucket-{what}"] = part.document()
        if isinstance(part, GatewayEndpoint | InterfaceEndpoint):
            found[f"{what}-endpoint"] = part.policy
        if isinstance(part, Topic):
            found[f"topic-{what}"] = part.policy
    return found


def test_every_policy_equals_its_golden_file(settings: Settings) -> None:
    golden = {path.stem: json.loads(path.read_text()) for path in GOLDEN.glob("*.json")}
    assert policies_of(settings) == golden


def test_the_operators_policies_equal_their_golden_files_and_fit_managed_policies(settings: Settings) -> None:
    golden = {path.stem: json.loads(path.read_text()) for path in (GOLDEN.parent / "operator").glob("*.json")}
    found = operator_policies(settings, ACCOUNT)
    assert found == golden
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    assert all(len(policy_text(document)) <= 6144 for document in found.values())


def test_what_spark_changes_equals_its_golden_files(settings: Settings) -> None:
    """Only where a setting wants it: jobs' own role, and the buckets' word about it."""
    with_spark = replace(settings, spark_enabled=True)
    before = {**policies_of(settings), **operator_policies(settings, ACCOUNT)}
    found = {**policies_of(with_spark), **operator_policies(with_spark, ACCOUNT)}
    golden = {path.stem: json.loads(path.read_text()) for path in GOLDEN_OF_SPARK.glob("*.json")}
    assert {name: one for name, one in found.items() if one != before.get(name)} == golden
    assert all(len(policy_text(document)) <= 6144 for document in found.values())


def test_the_operator_may_do_nothing_by_wildcard(settings: Settings) -> None:
    found = operator_policies(settings, ACCOUNT).values()
    allowed = [one for document in found for one in document["Statement"]]
    assert [action for one in allowed for action in one["Action"] if "*" in action] == []
    unnamed = {one["Sid"] for one in allowed if one["Resource"] == "*"}
    # these have no resource to name: they list, make what has no id yet, or set up an API's access log
    assert unnamed == {
        *("ReadNetwork", "ReadHosts", "ListRoles", "ListProfiles"),
        *("AccessLogs", "FindOrphans", "FindAndMakeUserPools"),
        *("FindApps", "FindDelivery", "Unsubscribe", "AreHostsOnline"),
    }


def statements(settings: Settings) -> list[PolicyDocument]:
    return [one for policy in policies_of(settings).values() for one in policy["Statement"]]


def as_list(value: str | list[str]) -> list[str]:
    return value if isinstance(value, list) else [value]


def test_a_wildcard_action_is_an_exception_with_a_reason(settings: Settings) -> None:
    wild = {
        one["Sid"] for one in statements(settings) if any("*" in action for action in as_list(one["Action"]))
    }
    assert wild == set(WILDCARD_ACTIONS)
    assert all(one["Effect"] == "Deny" for one in statements(settings) if one["Sid"] in wild)


def test_a_wildcard_resource_is_an_exception_with_a_reason(settings: Settings) -> None:
    wild = {one["Sid"] for one in statements(settings) if "*" in as_list(one.get("Resource", []))}
    assert wild == set(WILDCARD_RESOURCES)


def test_a_named_resource_says_its_bucket_group_or_queue_in_full(settings: Settings) -> None:
    named = [name for one in statements(settings) for name in as_list(one.get("Resource", [])) if name != "*"]
    assert named
    # a star may end a name, after a slash or colon: all objects below a prefix, all streams of a log group
    assert [name for name in named if "*" in name.removesuffix("/*").removesuffix(":*")] == []


def test_only_a_service_may_take_on_a_role(settings: Settings) -> None:
    trusts = {name: policy for name, policy in policies_of(settings).items() if name.startswith("trust-")}
    assert {one["Principal"]["Service"] for policy in trusts.values() for one in policy["Statement"]} == {
        "ec2.amazonaws.com",
        "lambda.amazonaws.com",
        "scheduler.amazonaws.com",
        "vpc-flow-logs.amazonaws.com",
    }


def test_ingest_can_read_nothing(settings: Settings) -> None:
    actions = {
        action for one in policies_of(settings)["ingest"]["Statement"] for action in as_list(one["Action"])
    }
    assert actions == {"s3:PutObject", "logs:CreateLogStream", "logs:PutLogEvents"}


def test_every_bucket_refuses_clear_text(settings: Settings) -> None:
    stack = the_stack(settings)
    refusing = {
        part.bucket.name for part in stack if isinstance(part, BucketPolicy) and refuses_clear_text(part)
    }
    assert refusing == {part.name for part in stack if isinstance(part, Bucket)}


def refuses_clear_text(policy: BucketPolicy) -> bool:
    """Whether the first statement denies everyone everything in the bucket without TLS."""
    arn = policy.bucket.planned_arn
    refusal = {
        "Sid": "OverTlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return bool(policy.document()["Statement"][0] == refusal)


def test_what_leaves_the_private_subnets_stays_in_the_account(settings: Settings) -> None:
    """Others' buckets and others' identities are out of reach; AWS's agent can be fetched, and only that."""
    ways_out = [part for part in the_stack(settings) if isinstance(part, GatewayEndpoint | InterfaceEndpoint)]
    found = [one for part in ways_out for one in part.policy["Statement"]]
    limited = [one["Sid"] for one in found if "123456789012" in str(one.get("Condition"))]
    assert limited == ["OwnBucketsOnly", "BackupsGrowOld", "OwnAgentsOnly", "OwnAgentsOnly"]
    (rest,) = [one for one in found if "Condition" not in one]
    assert (rest["Action"], rest["Resource"]) == ("s3:GetObject", "arn:aws:s3:::amazon-ssm-eu-central-1/*")


def test_no_policy_is_longer_than_aws_takes(settings: Settings) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    limits = {Role: 10_240, BucketPolicy: 20_480}
    for part in the_stack(settings):
        if isinstance(part, Role):
            assert len(policy_text(part.policy)) <= limits[Role]
        if isinstance(part, BucketPolicy):
            assert len(policy_text(part.document())) <= limits[BucketPolicy]
