"""Which data directories PostgreSQL may be started on; no call to the system but reading files.

Used on the host twice: by the module that mounts the data volume, before anything is touched, and by
`postgresql-upkeep`, which makes and restores clusters.
"""

from __future__ import annotations

import json
from pathlib import Path

MARKER = "cloudworks.json"  # inside the data directory, so that backups carry it
CONTROL_FILE_BYTES = 8192


class ClusterError(Exception):
    """A data directory that must not be used; the message says which, why, and what to do."""


def data_directory(root: Path, major: int) -> Path:
    """Return where the cluster of a major version lies on the volume, as Debian has it."""
    return root / str(major) / "main"


def marker_text(name: str) -> str:
    """Return what says that a data directory was made by this role, and for which cluster."""
    return json.dumps({"cluster": name}) + "\n"


def is_absent(directory: Path) -> bool:
    """Whether there is nothing there that could be lost."""
    return not directory.exists() or (directory.is_dir() and not any(directory.iterdir()))


def check(root: Path, major: int, name: str) -> bool:
    """Return whether the volume has our cluster, whole; a ClusterError when it has something else."""
    directory = data_directory(root, major)
    if is_absent(directory):
        _refuse_other_majors(root, major)
        return False
    version = directory / "PG_VERSION"
    control = directory / "global" / "pg_control"
    if not version.is_file() or not control.is_file() or control.stat().st_size != CONTROL_FILE_BYTES:
        raise ClusterError(
            f"{directory} is a half-made data directory: PG_VERSION and global/pg_control must be there, "
            "whole. This role makes clusters beside their place, so it is none of its own. Look at what it "
            "is, move it away, then run this again"
        )
    found = version.read_text().strip()
    if found != str(major):
        raise ClusterError(
            f"{directory} holds data of PostgreSQL {found}, and postgresql_version is {major}. Nothing was "
            "touched. Next: docs/restore.md, another major version"
        )
    _check_marker(directory, name)
    return True


def _check_marker(directory: Path, name: str) -> None:
    try:
        found = json.loads((directory / MARKER).read_text())["cluster"]
    except (OSError, ValueError, KeyError, TypeError):
        raise ClusterError(
            f"{directory} was not made by this role: it has no {MARKER}. Nothing was touched. If it is to be "
            f"taken over, it must have data checksums; then: echo '{marker_text(name).strip()}' "
            f">{directory}/{MARKER}, and run this again"
        ) from None
    if found != name:
        raise ClusterError(
            f"{directory} is the cluster {found!r}, and this host is to have {name!r}: was the wrong "
            "volume attached? Nothing was touched"
        )


def _refuse_other_majors(root: Path, major: int) -> None:
    versions = sorted(root.glob("*/main/PG_VERSION"))
    if versions:
        raise ClusterError(
            f"{versions[0].parent} holds data of PostgreSQL {versions[0].read_text().strip()}, and "
            f"postgresql_version is {major}. Nothing was touched. Next: docs/restore.md, "
            "another major version"
        )
