"""EC2 hosts in private subnets: Debian, IMDSv2 only, encrypted, without a public address or a key pair."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from provision import waiting
from provision.aws import Aws
from provision.identity import Identity
from provision.normal_form import known_tags, tag_pairs, tags_of_pairs
from provision.resource import UNKNOWN, Document, LiveSettings, Resource, only_one
from provision.resources.ec2_tags import ec2_arn, tag_filters, tag_specifications
from provision.resources.image import newest_image
from provision.resources.instance_profile import InstanceProfile
from provision.resources.network import Subnet
from provision.resources.security_group import SecurityGroup
from provision.resources.volume import VOLUME_TYPE, Volume, grow

DATA_DEVICE = "/dev/sdf"
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
STATES = {"pending": "running", "running": "running", "stopping": "stopped", "stopped": "stopped"}
STATE_TIMEOUT_SECONDS = 15 * 60  # a database may take minutes to stop
IMDS_V2_ONLY = {"HttpEndpoint": "enabled", "HttpTokens": "required", "HttpPutResponseHopLimit": 1}
# What AWS changes only while the instance stands still.
STOPPED_ONLY = frozenset({"instance_type", "ebs_optimized"})


@dataclass(kw_only=True)
class Host(Resource):
    """One instance. Image and user data count when it is made: newer ones replace no host that runs."""

    kind: ClassVar[str] = "host"
    fixed: ClassVar[frozenset[str]] = frozenset(
        {"subnet", "architecture", "has_public_address", "root_is_encrypted"}
    )

    role_tag: str  # what the host is for: inventories group by it
    instance_type: str
    architecture: str  # amd64 or arm64, as Debian says it
    subnet: Subnet
    security_group: SecurityGroup
    profile: InstanceProfile
    root_gb: int
    user_data: str
    data_volume: Volume | None = None
    private_address: str = field(default=UNKNOWN, init=False)
    root_volume_arn: str = field(default=UNKNOWN, init=False)
    live_root_gb: int = field(default=0, init=False)

    @property
    def blocked(self) -> frozenset[str]:
        """AWS only grows volumes."""
        return self.fixed | ({"root_volume"} if self.root_gb < self.live_root_gb else frozenset())

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "state": "running",
            "instance_type": self.instance_type,
            "ebs_optimized": True,
            "architecture": self.architecture,
            "subnet": self.subnet.id,
            "has_public_address": False,
            "security_groups": [self.security_group.id],
            "profile": self.profile.arn,
            "metadata": IMDS_V2_ONLY,
            "is_protected": True,
            "on_shutdown": "stop",
            "root_is_encrypted": True,
            "root_volume": f"{VOLUME_TYPE} {self.root_gb} GB",
            **({"data_volume": self.data_volume.id} if self.data_volume else {}),
            "tags": self._tags(),
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        live = self._describe(aws)
        if live is None:
            return self.absent()
        self._found(aws, live)
        if live["State"]["Name"] == "pending":  # of a run that died: its volumes are not known yet
            self._wait_for_state(aws, "running")
            live = self._describe(aws)
        volumes = {one["DeviceName"]: one["Ebs"]["VolumeId"] for one in live["BlockDeviceMappings"]}
        root_id = volumes[live["RootDeviceName"]]
        root = aws.ec2.describe_volumes(VolumeIds=[root_id])["Volumes"][0]
        self.root_volume_arn, self.live_root_gb = self._arn(aws, "volume", root_id), root["Size"]
        return {
            **_settings_of_live(live),
            "is_protected": self._attribute(aws, "disableApiTermination", "DisableApiTermination"),
            "on_shutdown": self._attribute(
                aws, "instanceInitiatedShutdownBehavior", "InstanceInitiatedShutdownBehavior"
            ),
            "root_is_encrypted": root["Encrypted"],
            "root_volume": f"{root['VolumeType']} {root['Size']} GB",
            **self._live_data_volume(volumes),
            "tags": known_tags(tags_of_pairs(live["Tags"]), self._tags()),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        # a profile is known everywhere some seconds after it was made
        request = self._request(newest_image(aws, self.architecture))
        made = waiting.retry_while(waiting.is_role_not_yet_known, lambda: aws.ec2.run_instances(**request))
        self._found(aws, made["Instances"][0])
        self._wait_for_state(aws, "running")
        self._attach_data_volume(aws)

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        if STOPPED_ONLY & set(changed):
            self._change_stopped(aws, changed)
        if "state" in changed:
            self._start(aws)
        writers: dict[str, Callable[[Aws], object]] = {
            "security_groups": lambda aws: self._modify(aws, Groups=[self.security_group.id]),
            "profile": self._put_profile,
            "metadata": lambda aws: aws.ec2.modify_instance_metadata_options(
                InstanceId=self.id,
                **IMDS_V2_ONLY,  # type: ignore[arg-type] # its texts are what the call takes
            ),
            "is_protected": lambda aws: self._modify(aws, DisableApiTermination={"Value": True}),
            "on_shutdown": lambda aws: self._modify(aws, InstanceInitiatedShutdownBehavior={"Value": "stop"}),
            "root_volume": self._grow_root,
            "data_volume": self._attach_data_volume,
            "tags": lambda aws: aws.ec2.create_tags(Resources=[self.id], Tags=tag_pairs(self._tags())),
        }
        for setting, put in writers.items():
            if setting in changed:
                put(aws)

    def delete(self, aws: Aws) -> None:
        """It is gone; AWS frees its data volume once the host has shut down in good order."""
        self._modify(aws, DisableApiTermination={"Value": False})
        aws.ec2.terminate_instances(InstanceIds=[self.id])
        self._wait_for_state(aws, "terminated", "")  # it is forgotten an hour later
        self.absent()
        self.private_address = self.root_volume_arn = UNKNOWN

    def _request(self, image: Document) -> Document:
        root_identity = Identity(f"{self.name}-root", self.identity.tags)
        (instance_tags,) = tag_specifications("instance", self.identity)
        root = {"Encrypted": True, "VolumeType": VOLUME_TYPE, "VolumeSize": self.root_gb}
        return {
            "MinCount": 1,
            "MaxCount": 1,
            "ImageId": image["ImageId"],
            "InstanceType": self.instance_type,
            "EbsOptimized": True,
            "IamInstanceProfile": {"Arn": self.profile.arn},
            "MetadataOptions": IMDS_V2_ONLY,
            "DisableApiTermination": True,
            "InstanceInitiatedShutdownBehavior": "stop",
            "NetworkInterfaces": [
                {
                    "DeviceIndex": 0,
                    "SubnetId": self.subnet.id,
                    "Groups": [self.security_group.id],
                    "AssociatePublicIpAddress": False,
                    "DeleteOnTermination": True,
                }
            ],
            "BlockDeviceMappings": [
                {"DeviceName": image["RootDeviceName"], "Ebs": {**root, "DeleteOnTermination": True}}
            ],
            "UserData": self.user_data,
            "TagSpecifications": [
                {**instance_tags, "Tags": tag_pairs(self._tags())},
                *tag_specifications("volume", root_identity),
            ],
        }

    def _tags(self) -> dict[str, str]:
        return {**self.identity.tags, "Name": self.name, "Role": self.role_tag}

    def _describe(self, aws: Aws) -> Document:
        filters = [*tag_filters(self.identity), {"Name": "instance-state-name", "Values": [*STATES]}]
        pages = aws.ec2.get_paginator("describe_instances").paginate(Filters=filters)  # type: ignore[arg-type]
        found = (one for page in pages for group in page["Reservations"] for one in group["Instances"])
        return only_one(found, self)

    def _found(self, aws: Aws, live: Document) -> None:
        self.id = live["InstanceId"]
        self.arn = self._arn(aws, "instance", self.id)
        self.private_address = live.get("PrivateIpAddress", UNKNOWN)

    def _arn(self, aws: Aws, what: str, id_: str) -> str:
        return ec2_arn(aws.region, self.subnet.arn.split(":")[4], what, id_)

    def _attribute(self, aws: Aws, name: Document, key: str) -> Document:
        answer: Document = aws.ec2.describe_instance_attribute(InstanceId=self.id, Attribute=name)
        return answer[key].get("Value")

    def _modify(self, aws: Aws, **attribute: Document) -> None:
        """AWS takes one attribute per call."""
        aws.ec2.modify_instance_attribute(InstanceId=self.id, **attribute)

    def _wait_for_state(self, aws: Aws, *states: str) -> None:
        waiting.wait_until(
            lambda: self._state(aws) in states,
            f"{self.kind} {self.name} ({self.id}) {states[0]}",
            timeout_seconds=STATE_TIMEOUT_SECONDS,
        )

    def _state(self, aws: Aws) -> str:
        """By a filter, because a new id is an error for a while, and no answer is none."""
        answer = aws.ec2.describe_instances(Filters=[{"Name": "instance-id", "Values": [self.id]}])
        found = [one for group in answer["Reservations"] for one in group["Instances"]]
        return found[0]["State"]["Name"] if found else ""

    def _change_stopped(self, aws: Aws, changed: Collection[str]) -> None:
        print(f"{self.kind} {self.name} stops, becomes {self.instance_type} and starts …", flush=True)
        aws.ec2.stop_instances(InstanceIds=[self.id])
        self._wait_for_state(aws, "stopped")
        if "instance_type" in changed:
            self._modify(aws, InstanceType={"Value": self.instance_type})
        if "ebs_optimized" in changed:
            self._modify(aws, EbsOptimized={"Value": True})
        self._start(aws)

    def _start(self, aws: Aws) -> None:
        self._wait_for_state(aws, "stopped", "running")  # AWS starts none that is still stopping
        aws.ec2.start_instances(InstanceIds=[self.id])
        self._wait_for_state(aws, "running")

    def _grow_root(self, aws: Aws) -> None:
        root_id = self.root_volume_arn.rpartition("/")[2]
        grow(aws, root_id, self.root_gb, f"The root volume of {self.kind} {self.name}")

    def _attach_data_volume(self, aws: Aws) -> None:
        volume = self.data_volume
        if volume is None:
            return
        volume.wait_free(aws)
        self._wait_for_state(aws, "running")
        aws.ec2.attach_volume(InstanceId=self.id, VolumeId=volume.id, Device=DATA_DEVICE)
        waiting.wait_until(
            lambda: volume.is_attached(aws), f"{volume.kind} {volume.name} attached to {self.name}"
        )

    def _live_data_volume(self, volumes: Mapping[str, str]) -> LiveSettings:
        """Its own volume at whatever device, else what is in its volume's place."""
        if self.data_volume is None:
            return {}
        own = self.data_volume.id
        return {"data_volume": own if own in volumes.values() else volumes.get(DATA_DEVICE)}

    def _put_profile(self, aws: Aws) -> None:
        profile: Document = {"Arn": self.profile.arn}
        answer = aws.ec2.describe_iam_instance_profile_associations(
            Filters=[
                {"Name": "instance-id", "Values": [self.id]},
                {"Name": "state", "Values": ["associating", "associated"]},
            ]
        )
        for live in answer["IamInstanceProfileAssociations"]:
            aws.ec2.replace_iam_instance_profile_association(
                AssociationId=live["AssociationId"], IamInstanceProfile=profile
            )
            return
        aws.ec2.associate_iam_instance_profile(InstanceId=self.id, IamInstanceProfile=profile)


def _settings_of_live(live: Document) -> LiveSettings:
    """What an instance's description says by itself."""
    options = live["MetadataOptions"]
    return {
        "state": STATES[live["State"]["Name"]],
        "instance_type": live["InstanceType"],
        "ebs_optimized": live["EbsOptimized"],
        "architecture": {"x86_64": "amd64"}.get(live["Architecture"], live["Architecture"]),
        "subnet": live["SubnetId"],
        "has_public_address": bool(live.get("PublicIpAddress")),
        "security_groups": sorted(group["GroupId"] for group in live["NetworkInterfaces"][0]["Groups"]),
        "profile": live.get("IamInstanceProfile", {}).get("Arn"),
        "metadata": {key: options.get(key) for key in IMDS_V2_ONLY},
    }
