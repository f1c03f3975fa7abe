"""Who lives in the VPC reaches the buckets through its endpoint, and nobody else is held up by that."""

from dataclasses import fields

import pytest
from provision import engine
from provision.aws import Account, Aws
from provision.function_zip import FunctionZip
from provision.resource import Resource
from provision.resources import BucketPolicy, GatewayEndpoint, Role, Subnet
from provision.settings import Settings
from provision.stack import build_stack

INSIDE = "InsideOnlyThroughTheEndpoint"


def limited_roles(policy: BucketPolicy) -> set[str]:
    """The roles that the bucket's policy holds to the endpoint."""
    found = [one for one in policy.document()["Statement"] if one["Sid"] == INSIDE]
    return {arn for one in found for arn in one["Condition"]["ArnEquals"]["aws:PrincipalArn"]}


def roles_in_the_vpc(stack: list[Resource], account: Account) -> set[str]:
    """The roles of whatever stands in a subnet, its own or by an instance profile: functions and hosts."""
    inside = [part for part in stack if any(isinstance(one, Subnet) for one in direct(part))]
    near = [one for part in inside for need in direct(part) for one in [need, *direct(need)]]
    return {f"arn:aws:iam::{account.id}:role/{one.name}" for one in near if isinstance(one, Role)}


def direct(part: Resource) -> list[Resource]:
    """What a thing itself refers to."""
    values = [getattr(part, field.name) for field in fields(part)]
    flat = [one for value in values for one in (value if isinstance(value, tuple) else (value,))]
    return [one for one in flat if isinstance(one, Resource)]


def test_every_role_in_the_vpc_is_held_to_the_endpoint_and_no_other(
    settings: Settings, account: Account, small_zips: dict[str, FunctionZip]
) -> None:
    stack = build_stack(settings, account, small_zips)
    policies = {part.bucket.identity.name: part for part in stack if isinstance(part, BucketPolicy)}
    inside = roles_in_the_vpc(stack, account)
    assert f"arn:aws:iam::{account.id}:role/cloudworks-production-etl" in inside
    for name in ("raw", "processed", "artifacts", "backups", "transfer"):
        limited = limited_roles(policies[f"cloudworks-production-{name}-{account.id}"])
        assert inside <= limited
        assert not any(arn.endswith(("-ingest", "-scheduler", "*", ":root")) for arn in limited)
    assert limited_roles(policies[f"cloudworks-production-media-{account.id}"]) == set()


@pytest.mark.usefixtures("applied")
def test_the_policies_name_the_live_endpoint_and_follow_it(
    settings: Settings, account: Account, small_zips: dict[str, FunctionZip], aws: Aws
) -> None:
    stack = build_stack(settings, account, small_zips)
    (endpoint,) = [part for part in stack if isinstance(part, GatewayEndpoint)]
    endpoint.read(aws)
    raw = f"cloudworks-production-raw-{account.id}"
    assert f'"aws:SourceVpce":"{endpoint.id}"' in aws.s3.get_bucket_policy(Bucket=raw)["Policy"].replace(
        " ", ""
    )
    endpoint.delete(aws)
    done = engine.apply(build_stack(settings, account, small_zips), aws, lambda _line: None)
    assert [(change.action, change.kind) for change in done.changes] == [
        ("create", "gateway endpoint"),
        *[("update", "bucket policy")] * 5,
    ]
