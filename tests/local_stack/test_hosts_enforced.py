"""What the operator's policy for hosts lets happen, and what EC2 asks besides: the role that is passed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from provision.aws import Account
from provision.identity import identity_tags
from provision.operator_hosts import host_operations
from provision.settings import read_settings

from tests.local_stack.estate import Estate, allow, trust

OPERATOR = {"AWS": "arn:aws:iam::123456789012:user/operator"}
SETTINGS = read_settings()
STATEMENTS = host_operations(SETTINGS, Account("123456789012", SETTINGS.region, "pl-1"))["Statement"]
OURS = [{"Key": key, "Value": value} for key, value in identity_tags(SETTINGS).items()]


def tagged(*types: str) -> list[dict[str, Any]]:
    return [{"ResourceType": type_, "Tags": OURS} for type_ in types]


@pytest.fixture
def subnet(estate: Estate) -> Callable[..., str]:
    """Makes a subnet, ours or a stranger's."""
    ec2 = estate.client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.97.0.0/16")["Vpc"]["VpcId"]
    estate.after(lambda: ec2.delete_vpc(VpcId=vpc_id))

    def make(number: int, *, is_ours: bool) -> str:
        made: str = ec2.create_subnet(
            VpcId=vpc_id,
            CidrBlock=f"10.97.{number}.0/24",
            TagSpecifications=tagged("subnet") if is_ours else [],
        )["Subnet"]["SubnetId"]
        estate.after(lambda: ec2.delete_subnet(SubnetId=made))
        return made

    return make


@pytest.fixture
def profile(estate: Estate) -> Iterator[tuple[str, str]]:
    """An instance profile's name, and its role's ARN."""
    iam, name = estate.client("iam"), estate.name("profile")
    role = estate.role(trust({"Service": "ec2.amazonaws.com"}))
    role_name = role.rpartition("/")[2]
    iam.create_instance_profile(InstanceProfileName=name)
    iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role_name)
    yield name, role
    iam.remove_role_from_instance_profile(InstanceProfileName=name, RoleName=role_name)
    iam.delete_instance_profile(InstanceProfileName=name)


def request(estate: Estate, subnet_id: str, profile_name: str) -> dict[str, Any]:
    image = estate.client("ec2").describe_images(Owners=["136693071363"])["Images"][0]
    return {
        "ImageId": image["ImageId"],
        "MinCount": 1,
        "MaxCount": 1,
        "NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": subnet_id}],
        "IamInstanceProfile": {"Name": profile_name},
        "TagSpecifications": tagged("instance", "volume"),
    }


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as error:
        call()
    return str(error.value)


def test_a_role_is_passed_to_ec2_by_who_may_pass_it(
    estate: Estate, subnet: Callable[..., str], profile: tuple[str, str]
) -> None:
    wanted = request(estate, subnet(1, is_ours=True), profile[0])
    without = estate.as_role(estate.role(trust(OPERATOR), *STATEMENTS), "ec2")
    assert f"iam:PassRole on resource: {profile[1]}" in refused(lambda: without.run_instances(**wanted))
    to_ec2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    passing = allow(["iam:PassRole"], [profile[1]], Condition=to_ec2)
    ec2 = estate.as_role(estate.role(trust(OPERATOR), *STATEMENTS, passing), "ec2")
    made = ec2.run_instances(**wanted)["Instances"][0]["InstanceId"]
    ec2.terminate_instances(InstanceIds=[made])


def test_only_debian_in_our_network_tagged_as_ours_is_run(
    estate: Estate, subnet: Callable[..., str], profile: tuple[str, str]
) -> None:
    passing = allow(["iam:PassRole"], [profile[1]])
    ec2 = estate.as_role(estate.role(trust(OPERATOR), *STATEMENTS, passing), "ec2")
    ours, strangers = subnet(1, is_ours=True), subnet(2, is_ours=False)
    wanted = request(estate, ours, profile[0])
    other = {"DeviceIndex": 0, "SubnetId": strangers}
    changes: list[dict[str, Any]] = [
        {"ImageId": "ami-0123456789abcdef0"},
        {"NetworkInterfaces": [other]},
        {"TagSpecifications": tagged("instance")},
        {"TagSpecifications": tagged("volume")},
    ]
    for change in changes:
        assert "ec2:RunInstances on resource" in refused(lambda: ec2.run_instances(**{**wanted, **change}))  # noqa: B023


def test_what_our_hosts_printed_is_read(
    estate: Estate, subnet: Callable[..., str], profile: tuple[str, str]
) -> None:
    passing = allow(["iam:PassRole"], [profile[1]])
    ec2 = estate.as_role(estate.role(trust(OPERATOR), *STATEMENTS, passing), "ec2")
    wanted = request(estate, subnet(1, is_ours=True), profile[0])
    made = ec2.run_instances(**wanted)["Instances"][0]["InstanceId"]
    assert ec2.get_console_output(InstanceId=made)["InstanceId"] == made
    ec2.terminate_instances(InstanceIds=[made])


def test_strangers_hosts_and_volumes_are_left_alone(estate: Estate) -> None:
    admin = estate.client("ec2")
    strangers = admin.run_instances(ImageId="ami-1", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    estate.after(lambda: admin.terminate_instances(InstanceIds=[strangers]))
    volume = admin.create_volume(AvailabilityZone=SETTINGS.availability_zone, Size=1)["VolumeId"]
    estate.after(lambda: admin.delete_volume(VolumeId=volume))
    ec2 = estate.as_role(estate.role(trust(OPERATOR), *STATEMENTS), "ec2")
    attempts: tuple[Callable[[], object], ...] = (
        lambda: ec2.terminate_instances(InstanceIds=[strangers]),
        lambda: ec2.stop_instances(InstanceIds=[strangers]),
        lambda: ec2.get_console_output(InstanceId=strangers),
        lambda: ec2.modify_instance_attribute(InstanceId=strangers, DisableApiTermination={"Value": False}),
        lambda: ec2.create_tags(Resources=[strangers], Tags=OURS),
        lambda: ec2.attach_volume(InstanceId=strangers, VolumeId=volume, Device="/dev/sdf"),
        lambda: ec2.delete_volume(VolumeId=volume),
        lambda: ec2.create_volume(AvailabilityZone=SETTINGS.availability_zone, Size=1),
    )
    for attempt in attempts:
        assert "not authorized" in refused(attempt)
