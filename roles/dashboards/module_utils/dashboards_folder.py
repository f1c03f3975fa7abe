"""The folder of releases on a host: archives, releases, and `current`, a link to the one that is served."""

from __future__ import annotations

import subprocess
import tarfile
from pathlib import Path


class ReleaseError(Exception):
    """A release can't be served; what was served before still is."""


def current_of(root: Path) -> str:
    """Return the id of the release that is served, or nothing."""
    link = root / "current"
    return link.readlink().name if link.is_symlink() else ""


def kept_in(root: Path) -> list[str]:
    """Return the releases on the host, the one that was switched to last first."""

    def switched_at(path: Path) -> float:
        marks = [mark.stat().st_mtime for mark in path.glob("*/restart.txt")]
        return max(marks, default=0.0)

    folders = [path for path in (root / "releases").glob("[!.]*") if path.is_dir()]
    return [path.name for path in sorted(folders, key=switched_at, reverse=True)]


def unpack(root: Path, release: str) -> bool:
    """Make sure that releases/<release> is there and whole; say whether it had to be made."""
    target = root / "releases" / release
    if target.is_dir():
        return False
    archive = root / "archives" / f"{release}.tar.gz"
    if not archive.is_file():
        raise ReleaseError(f"release {release} must be one that the host has: {', '.join(kept_in(root))}")
    unfinished = target.with_name(f".{release}.new")
    subprocess.run(["rm", "-rf", "--", str(unfinished)], check=True)
    unfinished.mkdir(mode=0o755, parents=True)
    # the host's Python has filters, as any from 3.11.4 on; the archive is ours, its name is its checksum
    filtered = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    with tarfile.open(archive) as packed:
        packed.extractall(unfinished, **filtered)  # noqa: S202 - see above
    unfinished.rename(target)
    return True


def switch(root: Path, release: str) -> None:
    """Make `current` lead to the release, at once, and new visitors get a new R process that runs it."""
    folder = root / "releases" / release
    for app in folder.glob("*/app.R"):
        (app.parent / "restart.txt").touch()
    link = root / "current.new"
    link.unlink(missing_ok=True)
    link.symlink_to(folder)
    link.replace(root / "current")


def discard(root: Path, release: str) -> None:
    """Remove a release and its archive from the host."""
    for path in (root / "releases" / release, root / "archives" / f"{release}.tar.gz"):
        subprocess.run(["rm", "-rf", "--", str(path)], check=True)


def prune(root: Path, keep: int) -> None:
    """Remove all releases but the last that were served, and archives that no release came from."""
    kept = [current_of(root), *(name for name in kept_in(root) if name != current_of(root))][:keep]
    archived = [path.name.removesuffix(".tar.gz") for path in (root / "archives").glob("*.tar.gz")]
    for release in {*kept_in(root), *archived} - set(kept):
        discard(root, release)
