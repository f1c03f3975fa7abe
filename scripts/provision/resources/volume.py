"""Data volumes: what a database host keeps when the host itself is made anew."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import ClassVar, Final

from provision import waiting
from provision.aws import Aws
from provision.resource import Document, LiveSettings, Resource, only_one
from provision.resources.ec2_tags import ec2_arn, tag_filters, tag_specifications

GONE = {"deleting", "deleted"}
VOLUME_TYPE: Final = "gp3"
# A volume is free once the instance that held it has ended, which takes as long as the host takes to stop.
RELEASE_TIMEOUT_SECONDS = 15 * 60


@dataclass(kw_only=True)
class Volume(Resource):
    """An encrypted volume; it grows in place and never shrinks."""

    kind: ClassVar[str] = "data volume"
    fixed: ClassVar[frozenset[str]] = frozenset({"availability_zone", "is_encrypted"})

    account_id: str
    availability_zone: str
    size_gb: int
    live_gb: int = field(default=0, init=False)

    @property
    def blocked(self) -> frozenset[str]:
        """AWS only grows volumes."""
        return self.fixed | ({"size_gb"} if self.size_gb < self.live_gb else frozenset())

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "availability_zone": self.availability_zone,
            "is_encrypted": True,
            "type": VOLUME_TYPE,
            "size_gb": self.size_gb,
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        live = self._describe(aws)
        if live is None:
            return self.absent()
        self._found(aws, live["VolumeId"])
        self.live_gb = live["Size"]
        return {
            "availability_zone": live["AvailabilityZone"],
            "is_encrypted": live["Encrypted"],
            "type": live["VolumeType"],
            "size_gb": live["Size"],
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = aws.ec2.create_volume(
            AvailabilityZone=self.availability_zone,
            Size=self.size_gb,
            VolumeType=VOLUME_TYPE,
            Encrypted=True,
            TagSpecifications=tag_specifications("volume", self.identity),
        )
        self._found(aws, made["VolumeId"])
        self.wait_free(aws)

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: ARG002, D102 - both in one call
        grow(aws, self.id, self.size_gb, f"The {self.kind} {self.name}")

    def delete(self, aws: Aws) -> None:  # noqa: D102
        self.wait_free(aws)
        aws.ec2.delete_volume(VolumeId=self.id)
        waiting.wait_until(lambda: self._describe(aws) is None, f"{self.kind} {self.name} deleted")
        self.absent()

    def wait_free(self, aws: Aws) -> None:
        """No instance holds it."""
        waiting.wait_until(
            lambda: (self._describe(aws) or {}).get("State") == "available",
            f"{self.kind} {self.name} ({self.id}) held by no instance",
            timeout_seconds=RELEASE_TIMEOUT_SECONDS,
        )

    def is_attached(self, aws: Aws) -> bool:
        """Whether an instance holds it and can read it."""
        attachments = (self._describe(aws) or {}).get("Attachments", [])
        return [one["State"] for one in attachments] == ["attached"]

    def _describe(self, aws: Aws) -> Document:
        pages = aws.ec2.get_paginator("describe_volumes").paginate(Filters=tag_filters(self.identity))
        found = (volume for page in pages for volume in page["Volumes"] if volume["State"] not in GONE)
        return only_one(found, self)

    def _found(self, aws: Aws, volume_id: str) -> None:
        self.id, self.arn = volume_id, ec2_arn(aws.region, self.account_id, "volume", volume_id)


def grow(aws: Aws, volume_id: str, size_gb: int, what: str) -> None:
    """The volume has this size and our type; the file system in it is grown by who looks after the host.

    AWS changes a volume once in six hours, and never makes one smaller.
    """

    def is_changed() -> bool:
        live = aws.ec2.describe_volumes(VolumeIds=[volume_id])["Volumes"][0]
        return (live["Size"], live["VolumeType"]) == (size_gb, VOLUME_TYPE)

    aws.ec2.modify_volume(VolumeId=volume_id, Size=size_gb, VolumeType=VOLUME_TYPE)
    # the new size is there as soon as AWS optimises the volume for it; that itself takes hours
    waiting.wait_until(is_changed, f"{what} changed")
