"""Hosts, their profiles and data volumes as CloudFormation has them."""

from __future__ import annotations

from provision.resource import Resource
from provision.resources import Host, InstanceProfile, Volume
from provision.resources.host import DATA_DEVICE

from tests.judges.rendering import Rendered, Renderer, named_tags

IMAGE = "ami-0123456789abcdef0"  # the newest, found when a host is made
ROOT_DEVICE = "/dev/xvda"


def _host(part: Host) -> list[Rendered]:
    live = part.wanted()
    volume_type, root_gb, _ = live["root_volume"].split()
    root = {"Encrypted": live["root_is_encrypted"], "VolumeType": volume_type, "VolumeSize": int(root_gb)}
    data = [{"Device": DATA_DEVICE, "VolumeId": live["data_volume"]}] if "data_volume" in live else []
    interface = {
        "DeviceIndex": "0",
        "SubnetId": live["subnet"],
        "GroupSet": live["security_groups"],
        "AssociatePublicIpAddress": live["has_public_address"],
    }
    properties = {
        "ImageId": IMAGE,
        "InstanceType": live["instance_type"],
        "EbsOptimized": live["ebs_optimized"],
        "IamInstanceProfile": part.profile.name,
        "MetadataOptions": live["metadata"],
        "DisableApiTermination": live["is_protected"],
        "InstanceInitiatedShutdownBehavior": live["on_shutdown"],
        "NetworkInterfaces": [interface],
        "BlockDeviceMappings": [{"DeviceName": ROOT_DEVICE, "Ebs": root}],
        "Volumes": data,
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(live["tags"].items())],
    }
    return [Rendered("AWS::EC2::Instance", properties)]


def _instance_profile(part: InstanceProfile) -> list[Rendered]:
    properties = {"InstanceProfileName": part.name, "Roles": part.wanted()["roles"]}
    return [Rendered("AWS::IAM::InstanceProfile", properties)]


def _volume(part: Volume) -> list[Rendered]:
    live = part.wanted()
    properties = {
        "AvailabilityZone": live["availability_zone"],
        "Encrypted": live["is_encrypted"],
        "VolumeType": live["type"],
        "Size": live["size_gb"],
        "Tags": named_tags(part),
    }
    return [Rendered("AWS::EC2::Volume", properties)]


RENDERERS: dict[type[Resource], Renderer] = {
    Host: _host,
    InstanceProfile: _instance_profile,
    Volume: _volume,
}
