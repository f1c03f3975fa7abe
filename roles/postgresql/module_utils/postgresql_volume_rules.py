"""What may be done with a block device that is to hold a database; no call to the system."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Step = Literal["format", "use"]
MOUNT_OPTIONS = "noatime,nodev,noexec,nosuid,nofail,x-systemd.device-timeout=60s"
# What the file system may leave unused at the end of a device: nothing is grown for less.
GROW_FROM_BYTES = 16 * 1024**2
# Of the blocks, these are kept from PostgreSQL: `tune2fs -m 0` is the way out of a full volume.
RESERVED_PERCENT = 2


class VolumeError(Exception):
    """A device that must not be used; the message says which, why, and what to do."""


@dataclass(frozen=True)
class Signature:
    """What libblkid recognises on a device: a file system, a partition table, a member of something."""

    type: str
    label: str = ""
    uuid: str = ""


@dataclass(frozen=True)
class Device:
    """A block device as it was found."""

    path: str
    size_bytes: int
    signatures: tuple[Signature, ...]
    holders: tuple[str, ...]  # partitions, and what is stacked on it
    mounted_at: tuple[str, ...]


def next_step(device: Device, mount_point: str, label: str) -> Step:
    """Return `format` for a device with nothing on it and `use` for ours; a VolumeError for all else."""
    elsewhere = [place for place in device.mounted_at if place != mount_point]
    if elsewhere:
        raise VolumeError(
            f"{device.path} is mounted at {elsewhere[0]}, and is to be {mount_point}: not touched"
        )
    if device.holders:
        raise VolumeError(f"{device.path} is in use by {', '.join(device.holders)}: not touched")
    if not device.signatures:
        return "format"
    if [(found.type, found.label) for found in device.signatures] == [("ext4", label)]:
        return "use"
    found = ", ".join(
        f"{one.type}{f' labelled {one.label}' if one.label else ''}" for one in device.signatures
    )
    raise VolumeError(
        f"{device.path} holds something that is not ours: {found}. It must be empty, or ext4 labelled "
        f"{label}. Nothing was touched. Is it the right device (postgresql_data_device)? If what is on it "
        f"may be lost for good: wipefs --all {device.path}, then run this again"
    )


def must_grow(device_bytes: int, file_system_bytes: int) -> bool:
    """Whether the device has become larger than what is on it."""
    return device_bytes - file_system_bytes >= GROW_FROM_BYTES


def fstab_with(text: str, uuid: str, mount_point: str) -> str:
    """Return /etc/fstab with the mount point on the volume, in place of what was mounted there before."""
    line = f"UUID={uuid} {mount_point} ext4 {MOUNT_OPTIONS} 0 2"
    lines = text.splitlines()
    if line in lines:
        return text
    kept = [old for old in lines if not re.match(rf"\s*[^#\s]+\s+{re.escape(mount_point)}\s", old)]
    return "\n".join([*kept, line]) + "\n"


def file_system_bytes(dumpe2fs: str) -> int:
    """Return the size of a file system from what `dumpe2fs -h` says of it."""
    return _number(dumpe2fs, "Block count") * _number(dumpe2fs, "Block size")


def missing_reserve_bytes(dumpe2fs: str) -> int:
    """Return how much less than it should be is kept from PostgreSQL, from what `dumpe2fs -h` says."""
    wanted = _number(dumpe2fs, "Block count") * RESERVED_PERCENT // 100
    missing = wanted - _number(dumpe2fs, "Reserved block count")
    return missing * _number(dumpe2fs, "Block size") if missing > 1 else 0  # 1: as it was rounded


def _number(dumpe2fs: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+)$", dumpe2fs, re.MULTILINE)
    if not found:
        raise VolumeError(f"dumpe2fs does not say the file system's {name.lower()}")
    return int(found.group(1))
