"""The whole stack against an emulated AWS: apply, apply again, plan, die in the middle, destroy."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from provision import engine
from provision.aws import Account, Aws
from provision.engine import BlockedError
from provision.errors import TerminalError
from provision.function_zip import FunctionZip
from provision.identity import identity_tags
from provision.orphans import find_orphans
from provision.outputs import read_outputs
from provision.plan import Change, Plan, SettingChange
from provision.resource import UNKNOWN, Document, Resource
from provision.resources import Bucket, RouteTable
from provision.settings import Settings
from provision.stack import build_stack

Build = Callable[..., list[Resource]]
READING = ("Describe", "Get", "List", "Head")


def ignore(_line: str) -> None:
    """Progress that nobody reads."""


@pytest.fixture
def build(settings: Settings, account: Account, small_zips: dict[str, FunctionZip]) -> Build:
    """Writes the stack down anew, as every run of the command does."""

    def write_down(**changes: Document) -> list[Resource]:
        return build_stack(replace(settings, **changes), account, small_zips)

    return write_down


@pytest.fixture
def calls(aws: Aws) -> list[str]:
    """The names of all calls made from now on."""
    made: list[str] = []
    for client in (
        *(aws.ec2, aws.s3, aws.iam, aws.logs, aws.functions),
        *(aws.apis, aws.people, aws.queues, aws.schedules, aws.sts),
    ):
        client.meta.events.register("before-call", lambda model, **_: made.append(model.name))
    return made


def test_applying_twice_changes_nothing_the_second_time(build: Build, aws: Aws, calls: list[str]) -> None:
    lines: list[str] = []
    stack = build()
    first = engine.apply(stack, aws, lines.append)
    assert {change.action for change in first.changes} == {"create"}
    assert len(lines) == len(first.changes) == len(stack)
    calls.clear()
    assert engine.apply(build(), aws, ignore).is_empty
    assert calls
    assert [name for name in calls if not name.startswith(READING)] == []


def test_a_plan_only_describes(build: Build, aws: Aws, calls: list[str]) -> None:
    waiting = engine.plan(build(), aws)
    assert len(waiting.of("create")) == len(build())
    assert calls
    assert [name for name in calls if not name.startswith(READING)] == []
    assert waiting.exit_code == 2


@pytest.mark.usefixtures("applied")
def test_a_changed_setting_reaches_exactly_what_it_is_for(build: Build, aws: Aws) -> None:
    waiting = engine.plan(build(etl_memory_mb=3008), aws)
    name = "cloudworks-production-etl"
    change = Change("update", "function", name, (SettingChange("memory_mb", 2048, 3008),))
    release = Change("update", "function alias", name, (SettingChange("version", "1", UNKNOWN),))
    assert waiting == Plan((change, release))
    assert "memory_mb: 2048 → 3008" in waiting.render()
    engine.apply(build(etl_memory_mb=3008), aws, ignore)
    assert engine.plan(build(etl_memory_mb=3008), aws).is_empty


@pytest.mark.usefixtures("applied")
def test_what_aws_cannot_change_is_refused_before_the_first_call(
    build: Build, aws: Aws, calls: list[str]
) -> None:
    calls.clear()
    with pytest.raises(BlockedError, match=r"cidr: 10\.40\.2\.0/24 → 10\.40\.9\.0/24"):
        engine.apply(build(analytics_subnet_cidr="10.40.9.0/24", etl_memory_mb=3008), aws, ignore)
    assert [name for name in calls if not name.startswith(READING)] == []


@pytest.mark.parametrize("stop_after", [6, 16, 27])
def test_a_run_that_was_killed_is_found_again(build: Build, aws: Aws, stop_after: int) -> None:
    lines: list[str] = []

    def die(line: str) -> None:
        lines.append(line)
        if len(lines) == stop_after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.apply(build(), aws, die)
    stack = build()
    rest = engine.apply(stack, aws, ignore)
    assert len(rest.changes) == len(stack) - stop_after
    assert engine.plan(build(), aws).is_empty


def test_a_thing_killed_between_its_own_calls_is_completed(build: Build, aws: Aws) -> None:
    bucket = next(part for part in build() if isinstance(part, Bucket))
    aws.s3.create_bucket(Bucket=bucket.name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    done = engine.apply(build(), aws, ignore)
    assert [change.name for change in done.of("update")] == [bucket.name]
    assert engine.plan(build(), aws).is_empty


@pytest.mark.usefixtures("applied")
def test_destroy_keeps_what_holds_data(build: Build, aws: Aws) -> None:
    raw = next(part.name for part in build() if part.name.startswith("cloudworks-production-raw-"))
    aws.s3.put_object(Bucket=raw, Key="events/x", Body=b"x")
    done = engine.destroy(build(), aws, ignore, include_data=False)
    assert {change.kind for change in done.of("keep")} == {part.kind for part in build() if part.keep}
    left = [bucket["Name"] for bucket in aws.s3.list_buckets()["Buckets"]]
    assert sorted(name.split("-")[2] for name in left) == ["access", "backups", "media", "processed", "raw"]
    assert aws.s3.get_object(Bucket=raw, Key="events/x")["Body"].read() == b"x"
    live = [part.name for part in build() if part.read(aws) is not None]
    assert live == [part.name for part in build() if part.keep]


@pytest.mark.usefixtures("applied")
def test_a_destroyed_stack_is_built_again_around_its_data(build: Build, aws: Aws) -> None:
    engine.destroy(build(), aws, ignore, include_data=False)
    done = engine.apply(build(), aws, ignore)
    assert len(done.of("create")) == len([part for part in build() if not part.keep])
    assert engine.plan(build(), aws).is_empty


@pytest.mark.usefixtures("applied")
def test_destroy_with_data_leaves_nothing(build: Build, aws: Aws) -> None:
    engine.destroy(build(), aws, ignore, include_data=True)
    assert [part.name for part in build() if part.read(aws) is not None] == []
    assert aws.s3.list_buckets()["Buckets"] == []
    assert engine.plan_destroy(build(), aws, include_data=True).is_empty


@pytest.mark.usefixtures("applied")
def test_planning_a_destroy_only_describes(build: Build, aws: Aws, calls: list[str]) -> None:
    calls.clear()
    engine.plan_destroy(build(), aws, include_data=True)
    assert [name for name in calls if not name.startswith(READING)] == []


@pytest.mark.usefixtures("applied")
def test_orphans_are_tagged_things_outside_the_stack(build: Build, aws: Aws, settings: Settings) -> None:
    tags = identity_tags(settings)
    assert find_orphans(build(), tags, aws) == []
    pairs: Document = [{"Key": key, "Value": value} for key, value in tags.items()]
    url = aws.queues.create_queue(QueueName="cloudworks-production-old", tags=tags)["QueueUrl"]
    aws.iam.create_role(
        RoleName="cloudworks-production-old", AssumeRolePolicyDocument='{"Statement":[]}', Tags=pairs
    )
    aws.apis.create_api(Name="cloudworks-production-api", ProtocolType="HTTP", Tags={"Project": "another"})
    assert url
    assert find_orphans(build(), tags, aws) == [
        "arn:aws:iam::123456789012:role/cloudworks-production-old",
        "arn:aws:sqs:eu-central-1:123456789012:cloudworks-production-old",
    ]


@pytest.mark.usefixtures("applied")
def test_two_things_of_one_identity_are_for_a_person(build: Build, aws: Aws, settings: Settings) -> None:
    aws.apis.create_api(Name="cloudworks-production-api", ProtocolType="HTTP", Tags=identity_tags(settings))
    with pytest.raises(TerminalError, match="must be one http api"):
        engine.plan(build(), aws)


@pytest.mark.usefixtures("applied")
def test_outputs_name_what_others_need(build: Build, aws: Aws, settings: Settings, account: Account) -> None:
    found = read_outputs(build(), settings, account, aws)
    assert found["raw_bucket"] == "cloudworks-production-raw-123456789012"
    assert found["etl_function"] == "cloudworks-production-etl"
    assert found["api_url"] == f"https://{found['api_id']}.execute-api.eu-central-1.amazonaws.com"
    assert found["api_id"] in [api["ApiId"] for api in aws.apis.get_apis()["Items"]]
    assert found["user_pool_id"].startswith("eu-central-1_")
    assert len(found["user_pool_client_id"]) > 20
    assert found["vpc_id"].startswith("vpc-")
    assert found["etl_schedule_group"] == "cloudworks-production-schedules"


def test_outputs_of_nothing_say_what_to_run(
    build: Build, aws: Aws, settings: Settings, account: Account
) -> None:
    with pytest.raises(TerminalError, match="python -m provision apply"):
        read_outputs(build(), settings, account, aws)


def test_no_thing_stands_before_what_it_refers_to(build: Build) -> None:
    seen: list[int] = []
    for part in build():
        assert [one.name for one in references(tuple(vars(part).values())) if id(one) not in seen] == []
        seen.append(id(part))


def references(value: object) -> list[Resource]:
    if isinstance(value, Resource):
        return [value]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [one for item in value for one in references(item)]
    return references(value.peer) if hasattr(value, "peer") else []


def test_every_thing_has_a_name_of_its_own(build: Build) -> None:
    names = [(part.kind, part.name) for part in build()]
    assert len(set(names)) == len(names)


@pytest.mark.usefixtures("applied")
def test_private_subnets_have_one_table_and_no_way_to_the_internet(
    build: Build, aws: Aws, settings: Settings
) -> None:
    (table,) = [part for part in build() if isinstance(part, RouteTable)]
    assert {subnet.cidr for subnet in table.subnets} == {
        settings.oltp_subnet_cidr,
        settings.analytics_subnet_cidr,
    }
    assert aws.ec2.describe_internet_gateways()["InternetGateways"] == []
    assert aws.ec2.describe_nat_gateways()["NatGateways"] == []
    live = aws.ec2.describe_route_tables(Filters=[{"Name": "tag:Name", "Values": [table.name]}])[
        "RouteTables"
    ]
    ways = [route for route in live[0]["Routes"] if route.get("GatewayId") != "local"]
    assert all(route["GatewayId"].startswith("vpce-") for route in ways)


@pytest.mark.usefixtures("applied")
def test_without_other_origins_only_the_shops_own_pages_may_call_the_api(build: Build, aws: Aws) -> None:
    engine.apply(build(storefront_origins=()), aws, ignore)
    (api,) = aws.apis.get_apis()["Items"]
    (shop,) = aws.delivery.list_distributions()["DistributionList"]["Items"]
    assert api["CorsConfiguration"]["AllowOrigins"] == [f"https://{shop['DomainName']}"]
    assert engine.plan(build(storefront_origins=()), aws).is_empty
