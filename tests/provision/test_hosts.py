"""Hosts against an emulated AWS: closed to the outside, and their data outlives them."""

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
from provision.resource import Document, Resource
from provision.resources import Host, Volume
from provision.resources.ec2_tags import tag_specifications
from provision.resources.image import newest_image
from provision.settings import Settings
from provision.stack import build_stack

from tests.provision.test_round_trip import needed_by

Build = Callable[..., list[Resource]]


class KilledError(BaseException):
    """The process is gone: nothing may catch this."""


def ignore(_line: str) -> None:
    """Progress that nobody reads."""


@pytest.fixture
def build(settings: Settings, account: Account, small_zips: dict[str, FunctionZip]) -> Build:
    """Writes the hosts, and what they refer to, down anew."""

    def write_down(*names: str, **changes: Document) -> list[Resource]:
        stack = build_stack(replace(settings, **changes), account, small_zips)
        hosts = [part for part in hosts_of(stack) if not names or part.role_tag in names]
        wanted = {id(part) for host in hosts for part in [host, *needed_by(host, stack)]}
        return [part for part in stack if id(part) in wanted]

    return write_down


@pytest.fixture
def changing(aws: Aws) -> list[str]:
    """The names of all of EC2's changing calls from now on."""
    made: list[str] = []

    def note(model: Document, **_: object) -> None:
        if not model.name.startswith("Describe"):
            made.append(model.name)

    aws.ec2.meta.events.register("before-call", note)
    return made


def hosts_of(stack: Sequence[Resource]) -> list[Host]:
    return [part for part in stack if isinstance(part, Host)]


def instances(aws: Aws) -> list[Document]:
    """Those that have not ended."""
    wanted: Document = [{"Name": "instance-state-name", "Values": ["pending", "running", "stopped"]}]
    found = aws.ec2.describe_instances(Filters=wanted)["Reservations"]
    return [one for group in found for one in group["Instances"]]


def test_no_host_can_be_reached_from_outside_or_read_from_disk(build: Build, aws: Aws) -> None:
    stack = build()
    engine.apply(stack, aws, ignore)
    found = instances(aws)
    assert len(found) == 3
    groups = {part.role_tag: part.security_group.id for part in hosts_of(stack)}
    for one in found:
        role = {tag["Key"]: tag["Value"] for tag in one["Tags"]}["Role"]
        (interface,) = one["NetworkInterfaces"]
        assert "PublicIpAddress" not in one
        assert not interface.get("Association")  # where a public address would be
        assert "KeyName" not in one
        assert [group["GroupId"] for group in interface["Groups"]] == [groups[role]]
        assert one["IamInstanceProfile"]["Arn"].endswith(f"/cloudworks-production-{role}")
        options = one["MetadataOptions"]
        assert (options["HttpTokens"], options["HttpPutResponseHopLimit"]) == ("required", 1)
    volumes = aws.ec2.describe_volumes()["Volumes"]
    in_use = [volume for volume in volumes if volume["Attachments"]]
    assert len(in_use) == 5
    assert {(volume["Encrypted"], volume["VolumeType"]) for volume in in_use} == {(True, "gp3")}


def test_each_host_stands_in_its_subnet_with_a_role_of_its_own(build: Build) -> None:
    hosts = hosts_of(build())
    assert [(one.role_tag, one.subnet.name.rpartition("-")[2]) for one in hosts] == [
        ("oltp", "oltp"),
        ("warehouse", "analytics"),
        ("dashboards", "analytics"),
    ]
    assert len({one.profile.role.name for one in hosts}) == 3
    assert [one.role_tag for one in hosts if one.data_volume] == ["oltp", "warehouse"]


def test_data_outlives_its_host_and_comes_back_to_the_next(build: Build, aws: Aws) -> None:
    stack = build("warehouse")
    engine.apply(stack, aws, ignore)
    (before,), (volume,) = instances(aws), [part for part in stack if isinstance(part, Volume)]
    done = engine.destroy(build("warehouse"), aws, ignore, include_data=False)
    assert [change.kind for change in done.of("keep") if change.kind == "data volume"] == ["data volume"]
    assert instances(aws) == []
    again = build("warehouse")
    engine.apply(again, aws, ignore)
    (after,) = instances(aws)
    attached = {one["DeviceName"]: one["Ebs"]["VolumeId"] for one in after["BlockDeviceMappings"]}
    assert after["InstanceId"] != before["InstanceId"]
    assert attached["/dev/sdf"] == volume.id
    engine.destroy(build("warehouse"), aws, ignore, include_data=True)
    assert [one for one in aws.ec2.describe_volumes()["Volumes"] if one["VolumeId"] == volume.id] == []


def test_a_host_whose_making_died_is_given_its_data_by_the_next_run(build: Build, aws: Aws) -> None:
    def die(**_: object) -> None:
        raise KilledError

    aws.ec2.meta.events.register("before-call.ec2.AttachVolume", die)
    with pytest.raises(KilledError):
        engine.apply(build("oltp"), aws, ignore)
    aws.ec2.meta.events.unregister("before-call.ec2.AttachVolume", die)
    engine.apply(build("oltp"), aws, ignore)
    assert len(instances(aws)) == 1
    assert engine.plan(build("oltp"), aws).is_empty


def test_a_host_that_is_still_being_born_is_waited_for(build: Build, aws: Aws) -> None:
    engine.apply(build("oltp"), aws, ignore)
    answers = []

    def be_pending_at_first(parsed: Document, **_: object) -> None:
        answers.append(parsed)
        if len(answers) == 1:
            (instance,) = parsed["Reservations"][0]["Instances"]
            instance |= {"State": {"Code": 0, "Name": "pending"}, "BlockDeviceMappings": []}

    aws.ec2.meta.events.register("after-call.ec2.DescribeInstances", be_pending_at_first)
    (host,) = hosts_of(stack := build("oltp"))
    assert engine.plan(stack, aws).is_empty
    assert host.exists
    assert len(answers) == 3


def test_a_newer_image_or_first_boot_replaces_no_host(build: Build, aws: Aws) -> None:
    engine.apply(build("oltp"), aws, ignore)
    (before,) = instances(aws)
    aws.ec2.create_image(InstanceId=before["InstanceId"], Name="debian-13-arm64-29990101-1")
    assert engine.plan(build("oltp", apt_key_sha256="0" * 64), aws).is_empty


def test_the_newest_image_of_debians_own_is_taken(aws: Aws) -> None:
    for architecture in ("amd64", "arm64"):
        image = newest_image(aws, architecture)
        assert image["Name"].startswith(f"debian-13-{architecture}-20261101-")
        assert image["OwnerId"] == "136693071363"
    with pytest.raises(TerminalError, match=r"debian-13-riscv64-\* .* in eu-central-1, found none"):
        newest_image(aws, "riscv64")


def test_another_type_stops_and_starts_the_host_and_says_so(
    build: Build, aws: Aws, changing: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    engine.apply(build("oltp"), aws, ignore)
    changing.clear()
    engine.apply(build("oltp", oltp_instance_type="t4g.medium"), aws, ignore)
    assert changing == ["StopInstances", "ModifyInstanceAttribute", "StartInstances"]
    assert "cloudworks-production-oltp stops, becomes t4g.medium" in capsys.readouterr().out
    assert [one["InstanceType"] for one in instances(aws)] == ["t4g.medium"]


def test_another_architecture_is_refused_before_the_first_call(
    build: Build, aws: Aws, changing: list[str]
) -> None:
    engine.apply(build("oltp"), aws, ignore)
    changing.clear()
    with pytest.raises(BlockedError, match="architecture: arm64 → amd64"):
        engine.apply(build("oltp", host_architecture="amd64", oltp_instance_type="t3.small"), aws, ignore)
    assert changing == []


@pytest.mark.parametrize("smaller", [{"oltp_data_gb": 10}, {"host_root_gb": 9}], ids=["data", "root"])
def test_a_volume_is_never_made_smaller(
    smaller: dict[str, int], build: Build, aws: Aws, changing: list[str]
) -> None:
    engine.apply(build("oltp"), aws, ignore)
    changing.clear()
    with pytest.raises(BlockedError, match=r"(size_gb: 20 → 10|root_volume: gp3 10 GB → gp3 9 GB)"):
        engine.apply(build("oltp", **smaller), aws, ignore)
    assert changing == []


def test_a_host_is_protected_until_destroy_lifts_it(build: Build, aws: Aws, changing: list[str]) -> None:
    stack = build("dashboards")
    engine.apply(stack, aws, ignore)
    (host,) = hosts_of(stack)
    with pytest.raises(aws.ec2.exceptions.ClientError, match="OperationNotPermitted"):
        aws.ec2.terminate_instances(InstanceIds=[host.id])
    changing.clear()
    engine.destroy(build("dashboards"), aws, ignore, include_data=False)
    assert changing[:2] == ["ModifyInstanceAttribute", "TerminateInstances"]


def test_what_nobody_knows_is_an_orphan_and_what_has_ended_is_not(
    build: Build, aws: Aws, settings: Settings
) -> None:
    stack = build("dashboards")
    engine.apply(stack, aws, ignore)
    tags = identity_tags(settings)
    (host,) = hosts_of(stack)
    assert find_orphans(stack, tags, aws) == []
    older = replace(host.identity, name="cloudworks-production-older")  # as of an older stack
    made = aws.ec2.run_instances(
        ImageId="ami-1", MinCount=1, MaxCount=1, TagSpecifications=tag_specifications("instance", older)
    )["Instances"][0]["InstanceId"]
    assert [arn.rpartition("/")[2] for arn in find_orphans(stack, tags, aws)] == [made]
    aws.ec2.terminate_instances(InstanceIds=[made])
    assert find_orphans(stack, tags, aws) == []
    aws.ec2.create_volume(
        AvailabilityZone="eu-central-1a", Size=1, TagSpecifications=tag_specifications("volume", older)
    )
    (orphan,) = find_orphans(stack, tags, aws)
    assert ":volume/" in orphan
