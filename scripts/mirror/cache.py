"""Downloaded packages, kept for this machine's next run: each is fetched once, and is what its index says."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from provision.errors import TransientError

from mirror.package import Package
from mirror.private_apt import Candidate, PrivateApt

_AT_ONCE_BYTES = 24_000_000  # after each of these, what is there is kept, and progress is shown
_UNUSED_SECONDS = 60 * 86_400


@dataclass(frozen=True)
class Cache:
    """A folder of packages by their SHA-256, and of apt's lists."""

    root: Path

    def file_of(self, package: Package) -> Path:
        """Where a package lies, or would."""
        return self.root / "packages" / package.sha256[:2] / f"{package.sha256}.deb"

    def holds(self, package: Package) -> bool:
        """Whether the package is there; a file that is not what it should be is thrown away."""
        file = self.file_of(package)
        if not file.exists():
            return False
        if _sha256(file) != package.sha256:
            file.unlink()
            return False
        os.utime(file)
        return True

    def fetch(
        self, wanted: dict[Candidate, Package], apt: PrivateApt, progress: Callable[[int], None]
    ) -> None:
        """All wanted packages are here, with their hashes; `progress` hears of each byte that is."""
        missing = {}
        for candidate, package in wanted.items():
            if self.holds(package):
                progress(package.size_bytes)
            else:
                missing[candidate] = package
        for part in _parts(missing):
            self._fetch_part(part, apt)
            progress(sum(package.size_bytes for package in part.values()))

    def _fetch_part(self, wanted: dict[Candidate, Package], apt: PrivateApt) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.root, prefix="arriving-") as name:
            folder = Path(name)
            apt.download(wanted, folder)
            for candidate, package in wanted.items():
                arrived = folder / candidate.file_name
                found = _sha256(arrived) if arrived.exists() else "nothing"
                if found != package.sha256:
                    raise TransientError(
                        f"{candidate.file_name} must have the SHA-256 {package.sha256}, got {found}: "
                        "not used. Run this again."
                    )
                self.file_of(package).parent.mkdir(parents=True, exist_ok=True)
                arrived.replace(self.file_of(package))

    def take_in(self, file: Path, package: Package) -> None:
        """A package that is no mirror's is here, too."""
        target = self.file_of(package)
        target.parent.mkdir(parents=True, exist_ok=True)
        arriving = target.with_suffix(".arriving")
        shutil.copyfile(file, arriving)
        arriving.replace(target)

    def forget_unused(self) -> None:
        """What no run has asked for in two months is gone."""
        oldest = time.time() - _UNUSED_SECONDS
        for file in (self.root / "packages").glob("*/*.deb"):
            if file.stat().st_mtime < oldest:
                file.unlink()

    @contextmanager
    def alone(self, say: Callable[[str], None]) -> Iterator[None]:
        """Only one run of this machine works here at a time; another waits."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"another run uses {self.root}; waiting for its end")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def cache_root() -> Path:
    """This user's folder for what can be fetched again."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cloudworks-packages"


def _parts(wanted: dict[Candidate, Package]) -> Iterator[dict[Candidate, Package]]:
    part: dict[Candidate, Package] = {}
    for candidate, package in wanted.items():
        part[candidate] = package
        if sum(package.size_bytes for package in part.values()) >= _AT_ONCE_BYTES:
            yield part
            part = {}
    if part:
        yield part


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
