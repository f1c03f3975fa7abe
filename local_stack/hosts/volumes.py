"""Data volumes: a sparse file each, which the machine offers as a device for as long as a host has it."""

from __future__ import annotations

import json
import os
from pathlib import Path

from local_stack import processes
from local_stack.hosts.estate import Estate, Host, Volume
from local_stack.hosts.network import as_root

DETACH_SECONDS = 30.0


def file_of(estate: Estate, volume: Volume) -> Path:
    """Return the file that holds the volume's bytes."""
    return estate.directory / "volumes" / f"{volume.id}.img"


def attach(estate: Estate, volume: Volume) -> str:
    """Return the device's path on this machine, such as /dev/loop0; made empty when it is new. Idempotent."""
    file = file_of(estate, volume)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        file.touch(mode=0o600)
    if file.stat().st_size < volume.size_gb << 30:
        os.truncate(file, volume.size_gb << 30)
    found = devices_of(file)
    if found:
        as_root(["losetup", "--set-capacity", found[0]])  # it may have grown
        return found[0]
    return as_root(["losetup", "--find", "--show", str(file)]).strip()


def holder_of(estate: Estate, volume: Volume) -> str:
    """Return the name of the host in which the volume is a device; empty when there is none."""
    file = _holder_file(estate, volume)
    return file.read_text() if file.exists() else ""


def note_holder(estate: Estate, volume: Volume, host: Host) -> None:
    """`holder_of` says this host; a device alone does not tell: attaching may fail when it is there."""
    _holder_file(estate, volume).write_text(host.name)


def detach(estate: Estate, volume: Volume) -> None:
    """No host and no device has the volume; its bytes stay."""
    _holder_file(estate, volume).unlink(missing_ok=True)
    detach_file(str(file_of(estate, volume).resolve()))


def detach_file(file: str) -> None:
    """No device shows the file's bytes, or one only until what still has it mounted lets go.

    The kernel takes a device away with its last mount, which ends a moment after the host's processes.
    """
    for device, shown in _known():
        if shown == file:
            as_root(["losetup", "--detach", device])
    processes.wait_until(lambda: file not in files_in_use(), DETACH_SECONDS)


def detach_all(estate: Estate) -> None:
    """No device has a volume of the estate."""
    for holder in (estate.directory / "volumes").glob("*.holder"):
        holder.unlink()
    for file in (estate.directory / "volumes").glob("*.img"):
        detach_file(str(file.resolve()))


def devices_of(file: Path) -> list[str]:
    """Return the devices that show a file's bytes."""
    return [device for device, shown in _known() if shown == str(file.resolve())]


def files_in_use() -> list[str]:
    """Return the files that devices of this machine show."""
    return [shown for _, shown in _known()]


def _holder_file(estate: Estate, volume: Volume) -> Path:
    return file_of(estate, volume).with_suffix(".holder")


def _known() -> list[tuple[str, str]]:
    listed = as_root(["losetup", "--json", "--list", "--output", "NAME,BACK-FILE"])
    known = json.loads(listed)["loopdevices"] if listed.strip() else []
    return [(entry["name"], entry["back-file"]) for entry in known]
