"""`apply` killed after each of its changing calls in turn: the next ends in the same estate, nothing twice.

In this process and without HTTP, because it applies a stack a hundred times; for the same reason the stack is
a smaller one, with one thing of every sort and what these refer to. A run that dies before a call leaves what
one leaves that dies after the call before it, so that dying after each covers both.
"""

import json
import re
from collections.abc import Iterator, Sequence

import pytest
from botocore.model import OperationModel
from moto import mock_aws
from moto.core.base_backend import BackendDict
from moto.s3.models import FakeBucket
from provision import engine
from provision.aws import Account, Aws, read_account
from provision.function_zip import FunctionZip
from provision.resource import Document, Resource
from provision.resources import SecurityGroupRules
from provision.settings import Settings
from provision.stack import build_stack

from local_stack.aws import gaps
from tests.provision.aws_server import neutral
from tests.provision.test_round_trip import needed_by

READING = ("Describe", "Get", "List", "Head")


class KilledError(BaseException):
    """The process is gone: nothing may catch this."""


class Mortal:
    """Counts the changing calls of a session, and dies after the given one: no later call goes out."""

    def __init__(self, aws: Aws) -> None:
        self.calls: list[str] = []
        self.live()
        aws.session.events.register("before-call", self._before)
        aws.session.events.register("after-call", self._after)

    def live(self, *, until_call: int | None = None) -> None:
        """A new run, which dies after its changing call of this number."""
        self.until_call, self.is_dead = until_call, False
        self.calls.clear()

    def _before(self, **_: object) -> None:
        if self.is_dead:
            raise KilledError

    def _after(self, model: OperationModel, **_: object) -> None:
        if model.name.startswith(READING):
            return
        self.calls.append(model.name)
        if len(self.calls) == self.until_call:
            self.is_dead = True
            raise KilledError


@pytest.fixture
def aws(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """An emulated AWS in this process."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setattr(FakeBucket, "get_permission", neutral)
    gaps.install()
    with mock_aws():
        yield Aws(settings.region)


@pytest.fixture
def mortal(aws: Aws) -> Mortal:
    return Mortal(aws)


def one_of_every_sort(stack: list[Resource]) -> list[Resource]:
    """The last thing of each kind, the rules of all groups, and what these refer to, in the stack's order."""
    last = {part.kind: part for part in stack}.values()
    # without its rules nobody puts right what AWS lets a new group do
    rules = [part for part in stack if isinstance(part, SecurityGroupRules)]
    wanted = {id(part) for one in [*last, *rules] for part in [one, *needed_by(one, stack)]}
    return [part for part in stack if id(part) in wanted]


def ignore(_line: str) -> None:
    """Progress that nobody reads."""


def estate(stack: Sequence[Resource], aws: Aws) -> Document:
    """The live settings of every thing, with names in place of the ids that AWS makes up."""
    text = json.dumps({f"{part.kind} {part.name}": part.read(aws) for part in stack})
    assert all(part.exists for part in stack)
    text = re.sub(r"pl-[0-9a-f]{17}", "<prefix list>", text)
    text = re.sub(r"[a-z0-9]+\.cloudfront\.net", "<address>", text)
    for part in stack:
        if part.id not in part.name:
            text = text.replace(part.id, f"<id of {part.name}>")
    return in_order(json.loads(text))


def in_order(value: Document) -> Document:
    """The value with its lists sorted: what AWS sorts by its ids comes in another order in every account."""
    if isinstance(value, list):
        return sorted(map(in_order, value), key=repr)
    return {key: in_order(inner) for key, inner in value.items()} if isinstance(value, dict) else value


def census(aws: Aws) -> dict[str, int]:
    """How many things there are, with our tags or without: what died before its tags would have none."""
    tags = aws.ec2.get_paginator("describe_tags").paginate()
    tagged = aws.tagging.get_paginator("get_resources").paginate()
    apis = [api["ApiId"] for api in aws.apis.get_apis()["Items"]]
    buckets = [bucket["Name"] for bucket in aws.s3.list_buckets()["Buckets"]]
    return {
        "tags": sum(len(page["Tags"]) for page in tags),
        "tagged": sum(len(page["ResourceTagMappingList"]) for page in tagged),
        "vpcs": len(aws.ec2.describe_vpcs()["Vpcs"]),
        "subnets": len(aws.ec2.describe_subnets()["Subnets"]),
        "route tables": len(aws.ec2.describe_route_tables()["RouteTables"]),
        "endpoints": len(aws.ec2.describe_vpc_endpoints()["VpcEndpoints"]),
        "groups": len(aws.ec2.describe_security_groups()["SecurityGroups"]),
        "instances": sum(len(group["Instances"]) for group in aws.ec2.describe_instances()["Reservations"]),
        "volumes": len(aws.ec2.describe_volumes()["Volumes"]),
        "profiles": len(aws.iam.list_instance_profiles()["InstanceProfiles"]),
        "apis": len(apis),
        "integrations": sum(len(aws.apis.get_integrations(ApiId=api)["Items"]) for api in apis),
        "routes": sum(len(aws.apis.get_routes(ApiId=api)["Items"]) for api in apis),
        "apps": len(aws.pages.list_apps()["apps"]),
        "distributions": len(aws.delivery.list_distributions()["DistributionList"]["Items"]),
        "roles": len(aws.iam.list_roles()["Roles"]),
        "rules": len(aws.ec2.describe_security_group_rules()["SecurityGroupRules"]),
        "objects": sum(
            len(aws.s3.list_object_versions(Bucket=bucket).get("Versions", [])) for bucket in buckets
        ),
    }


def new_account(aws: Aws) -> Account:
    """An account in which nothing was made yet."""
    BackendDict.reset()
    return read_account(aws)


def test_a_run_killed_after_any_call_is_completed_by_the_next_without_duplicates(
    settings: Settings, aws: Aws, mortal: Mortal, small_zips: dict[str, FunctionZip]
) -> None:
    def apply(account: Account) -> list[Resource]:
        engine.apply(one_of_every_sort(build_stack(settings, account, small_zips)), aws, ignore)
        return one_of_every_sort(build_stack(settings, account, small_zips))

    stack = apply(new_account(aws))
    wanted, counts, calls = estate(stack, aws), census(aws), list(mortal.calls)
    assert len(calls) >= len(stack)
    for number, name in enumerate(calls, start=1):
        account = new_account(aws)
        mortal.live(until_call=number)
        with pytest.raises(KilledError):
            apply(account)
        assert mortal.calls == calls[:number]
        mortal.live()
        assert estate(apply(account), aws) == wanted, f"killed after call {number}, {name}"
        assert census(aws) == counts, f"killed after call {number}, {name}"
