#!/usr/bin/python
"""The module `postgresql_volume`: a data volume is formatted once, mounted for good, and grown."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible.module_utils import postgresql_cluster_rules as cluster_rules
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.postgresql_volume_rules import (
    MOUNT_OPTIONS,
    RESERVED_PERCENT,
    Device,
    Signature,
    VolumeError,
    file_system_bytes,
    fstab_with,
    missing_reserve_bytes,
    must_grow,
    next_step,
)

DOCUMENTATION = r"""
module: postgresql_volume
short_description: Format, mount and grow the data volume of a database
description:
  - An empty device is given an ext4 file system, once. A device with anything else on it than a file system
    of this module is refused, and so is one with a data directory that PostgreSQL must not be started on.
  - It is mounted by its UUID, now and at every boot, and its file system fills it.
options:
  device: {description: Path of the block device, type: path, required: true}
  mount_point: {description: Where it is mounted, type: path, required: true}
  label: {description: Label of the file system, by which it is known again, type: str, default: postgresql}
  major: {description: Major version of PostgreSQL that may have data on it, type: int, required: true}
  cluster: {description: Name of the cluster that may be on it, type: str, required: true}
  wait_seconds: {description: How long the device may take to appear, type: int, default: 30}
author: CloudWorks
"""

RETURN = r"""
size_bytes: {description: Size of the device, type: int, returned: always}
free_bytes: {description: What is free of it for PostgreSQL, type: int, returned: always}
did: {description: What was done, type: list, elements: str, returned: always}
"""

FSTAB = Path("/etc/fstab")
LEAST_FREE_BYTES = 64 * 1024**2


def run(*command: str, accepted: tuple[int, ...] = (0,)) -> str:
    """Return what the command prints; a VolumeError with its words when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in accepted:
        raise VolumeError(
            f"{' '.join(command)} failed ({done.returncode}): {(done.stderr or done.stdout).strip()}"
        )
    return done.stdout


def await_device(path: str, seconds: int) -> str:
    """Return the kernel's path of the device; a VolumeError when it does not appear."""
    deadline = time.monotonic() + seconds
    while not Path(path).exists():
        if time.monotonic() > deadline:
            raise VolumeError(
                f"there is no {path}: the data volume must be attached. Next: python -m provision plan says "
                "whether it is; on the host, ls /dev/disk/by-id shows what there is"
            )
        time.sleep(0.5)
    real = os.path.realpath(path)
    if not stat.S_ISBLK(Path(real).stat().st_mode):
        raise VolumeError(f"{path} must be a block device")
    return real


def look_at(path: str) -> Device:
    """Return the device as it is now."""
    listed = json.loads(run("wipefs", "--no-act", "--json", path) or "{}")
    found = {
        Signature(entry["type"], entry.get("label") or "", entry.get("uuid") or "")
        for entry in listed.get("signatures", [])
    }
    block = Path("/sys/class/block") / Path(path).name
    holders = [holder.name for holder in (block / "holders").glob("*")]
    holders += [part.parent.name for part in block.glob("*/partition")]
    return Device(
        path=path,
        size_bytes=int(run("blockdev", "--getsize64", path)),
        signatures=tuple(sorted(found, key=lambda one: one.type)),
        holders=tuple(sorted(holders)),
        mounted_at=tuple(mounts_of(path)),
    )


def mounts_of(path: str) -> list[str]:
    """Return where the device is mounted."""
    number = Path(path).stat().st_rdev
    wanted = f"{os.major(number)}:{os.minor(number)}"
    lines = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return [fields[4] for fields in lines if fields[2] == wanted]


@contextmanager
def contents(device: Device, mount_point: str) -> Iterator[Path]:
    """What is on the volume, mounted for reading alone when it is not mounted yet."""
    if device.mounted_at:
        yield Path(mount_point)
        return
    with tempfile.TemporaryDirectory(prefix="postgresql-volume-") as folder:
        run("mount", "-t", "ext4", "-o", "ro,noload", device.path, folder)
        try:
            yield Path(folder)
        finally:
            run("umount", folder)


def refuse_what_is_in_the_way(mount_point: str, device: Device) -> None:
    """Another file system at the mount point, or a database below it, would be hidden or hide ours."""
    if device.mounted_at:
        return
    if os.path.ismount(mount_point):
        raise VolumeError(f"another file system is mounted at {mount_point}: not touched")
    hidden = sorted(Path(mount_point).glob("*/*/PG_VERSION"))
    if hidden:
        raise VolumeError(
            f"{hidden[0].parent} is a database on the root disk, which the volume would hide: not touched"
        )


def refuse_other_clusters(folder: Path, asked: dict[str, Any]) -> None:
    """The volume has our cluster or none; a VolumeError that names places as they will be called."""
    try:
        cluster_rules.check(folder, asked["major"], asked["cluster"])
    except cluster_rules.ClusterError as error:
        raise VolumeError(str(error).replace(str(folder), asked["mount_point"])) from None


def make_file_system(device: Device, label: str) -> None:
    """The superblock with the label is written last: what is interrupted is an empty device still."""
    run("mkfs.ext4", "-q", "-L", label, "-m", str(RESERVED_PERCENT), device.path)


def facts_of(device: Device) -> str:
    """Return what the file system says of itself."""
    return run("dumpe2fs", "-h", device.path)


def grow(device: Device, is_mounted: bool) -> bool:
    """The file system fills the device. Whether it had to be grown."""
    if not must_grow(device.size_bytes, file_system_bytes(facts_of(device))):
        return False
    if not is_mounted:
        run("e2fsck", "-f", "-p", device.path, accepted=(0, 1))
    run("resize2fs", device.path)
    return True


def reserve(device: Device, free_bytes: int) -> int:
    """The reserve is set aside again if there is room for it. Return what it took."""
    missing_bytes = missing_reserve_bytes(facts_of(device))
    if not missing_bytes or free_bytes - missing_bytes < LEAST_FREE_BYTES:
        return 0
    run("tune2fs", "-m", str(RESERVED_PERCENT), device.path)
    return missing_bytes


def fstab_texts(device: Device, mount_point: str) -> tuple[str, str]:
    """Return /etc/fstab as it is and as it must be."""
    before = FSTAB.read_text() if FSTAB.exists() else ""
    return before, fstab_with(before, device.signatures[0].uuid, mount_point)


def mount(device: Device, mount_point: str, is_mounted: bool) -> bool:
    """The volume is mounted, now and at every boot. Whether anything had to be done."""
    before, after = fstab_texts(device, mount_point)
    if after != before:
        part = FSTAB.with_name("fstab.postgresql")
        part.write_text(after)
        part.chmod(0o644)
        part.replace(FSTAB)
        run("systemctl", "daemon-reload")
    if not is_mounted:
        Path(mount_point).mkdir(mode=0o755, parents=True, exist_ok=True)
        # by its path: by UUID, `nofail` would keep quiet about a volume that can't be found
        run("mount", "-t", "ext4", "-o", MOUNT_OPTIONS, device.path, mount_point)
    return after != before or not is_mounted


def planned(device: Device, mount_point: str, is_mounted: bool) -> list[str]:
    """Return what there is to be done with a volume of ours, which is not done."""
    would = ["grown"] if must_grow(device.size_bytes, file_system_bytes(facts_of(device))) else []
    before, after = fstab_texts(device, mount_point)
    return would + (["mounted"] if after != before or not is_mounted else [])


def refuse_full_volume(mount_point: str) -> int:
    """Return what is free; a VolumeError when PostgreSQL could not write."""
    seen = os.statvfs(mount_point)
    free_bytes = seen.f_bavail * seen.f_frsize
    if free_bytes < LEAST_FREE_BYTES:
        raise VolumeError(
            f"the data volume is full: {free_bytes // 1024**2} MB are free at {mount_point}, at least "
            f"{LEAST_FREE_BYTES // 1024**2} must be. Next: docs/restore.md, the data volume is full"
        )
    return free_bytes


def settle(module: AnsibleModule) -> dict[str, object]:
    """Return what is true of the volume now, after everything that had to be done."""
    asked = module.params
    device = look_at(await_device(asked["device"], asked["wait_seconds"]))
    is_mounted = asked["mount_point"] in device.mounted_at
    refuse_what_is_in_the_way(asked["mount_point"], device)
    step = next_step(device, asked["mount_point"], asked["label"])
    if step == "use":
        with contents(device, asked["mount_point"]) as folder:
            refuse_other_clusters(folder, asked)
    if module.check_mode:
        is_ours = step == "use"
        would = planned(device, asked["mount_point"], is_mounted) if is_ours else ["formatted", "mounted"]
        return {"changed": bool(would), "did": would, "size_bytes": device.size_bytes, "free_bytes": 0}
    if step == "format":
        make_file_system(device, asked["label"])
        device = look_at(device.path)
    did = ["formatted"] if step == "format" else []
    did += ["grown"] if grow(device, is_mounted) else []
    did += ["mounted"] if mount(device, asked["mount_point"], is_mounted) else []
    free_bytes = refuse_full_volume(asked["mount_point"])
    if reserved_bytes := reserve(device, free_bytes):
        did.append("reserved")
    free_bytes -= reserved_bytes
    return {"changed": bool(did), "did": did, "size_bytes": device.size_bytes, "free_bytes": free_bytes}


def main() -> None:
    """Ansible calls this on the host."""
    module = AnsibleModule(
        argument_spec={
            "device": {"type": "path", "required": True},
            "mount_point": {"type": "path", "required": True},
            "label": {"type": "str", "default": "postgresql"},
            "major": {"type": "int", "required": True},
            "cluster": {"type": "str", "required": True},
            "wait_seconds": {"type": "int", "default": 30},
        },
        supports_check_mode=True,
    )
    try:
        module.exit_json(**settle(module))
    except VolumeError as error:
        module.fail_json(msg=str(error))


if __name__ == "__main__":
    main()
