"""The Release file: what an index hashes to, and until when hosts may believe it."""

from __future__ import annotations

import hashlib
import lzma
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mirror.debian import SUITE
from mirror.package import Package, fields_of, index_text

ORIGIN = "CloudWorks"  # unattended-upgrades on hosts asks for packages of this origin
COMPONENT = "main"
DISTS = f"dists/{SUITE}"
INRELEASE = f"{DISTS}/InRelease"
_TIME_FORM = "%a, %d %b %Y %H:%M:%S +0000"


@dataclass(frozen=True)
class Index:
    """The list of all packages, as it is and as it is sent."""

    architecture: str
    plain: bytes
    compressed: bytes

    @property
    def folder(self) -> str:
        """Where it lies, below `dists/<suite>`."""
        return f"{COMPONENT}/binary-{self.architecture}"

    @property
    def by_hash_path(self) -> str:
        """The path under which just these bytes will ever be found: what apt asks for."""
        return f"{DISTS}/{self.folder}/by-hash/SHA256/{sha256_of(self.compressed)}"


@dataclass(frozen=True)
class Release:
    """What a Release file says, as far as it decides anything here."""

    architecture: str
    made_at: datetime
    valid_until: datetime
    plain_sha256: str
    compressed_sha256: str

    @property
    def by_hash_path(self) -> str:
        """Where apt finds the index that this file vouches for."""
        return f"{DISTS}/{COMPONENT}/binary-{self.architecture}/by-hash/SHA256/{self.compressed_sha256}"


def index_of(packages: list[Package], architecture: str) -> Index:
    """The index of these packages; the same packages give the same bytes."""
    plain = index_text(packages).encode()
    return Index(architecture, plain, lzma.compress(plain, preset=6))


def release_text(index: Index, made_at: datetime, valid_days: int) -> str:
    """The Release file, not yet signed."""
    files = {f"{index.folder}/Packages": index.plain, f"{index.folder}/Packages.xz": index.compressed}
    lines = [
        f"Origin: {ORIGIN}",
        f"Label: {ORIGIN}",
        f"Suite: {SUITE}",
        f"Codename: {SUITE}",
        f"Date: {made_at.astimezone(UTC).strftime(_TIME_FORM)}",
        f"Valid-Until: {(made_at.astimezone(UTC) + timedelta(days=valid_days)).strftime(_TIME_FORM)}",
        "Acquire-By-Hash: yes",
        f"Architectures: {index.architecture}",
        f"Components: {COMPONENT}",
        "Description: Debian packages that the hosts install, as Debian built them",
        "SHA256:",
        *(f" {sha256_of(content)} {len(content):>9} {path}" for path, content in files.items()),
    ]
    return "\n".join(lines) + "\n"


def read_release(text: str) -> Release:
    """What a Release file of ours says; a `ValueError` for any other."""
    fields = fields_of(text)
    sums = {
        path: sha256 for sha256, path in re.findall(r"^ ([0-9a-f]{64}) +\d+ (\S+)$", text, flags=re.MULTILINE)
    }
    try:
        folder = f"{COMPONENT}/binary-{fields['Architectures']}"
        return Release(
            architecture=fields["Architectures"],
            made_at=_time_of(fields["Date"]),
            valid_until=_time_of(fields["Valid-Until"]),
            plain_sha256=sums[f"{folder}/Packages"],
            compressed_sha256=sums[f"{folder}/Packages.xz"],
        )
    except KeyError as missing:
        raise ValueError(f"a Release file of ours must have {missing}") from missing


def sha256_of(content: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _time_of(text: str) -> datetime:
    return datetime.strptime(text, _TIME_FORM).replace(tzinfo=UTC)
