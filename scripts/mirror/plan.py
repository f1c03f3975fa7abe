"""What a publication has to write and what may go, decided from what lies there: no clock, no network."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from mirror.package import Package
from mirror.release import DISTS, INRELEASE, Index, Release, sha256_of
from mirror.store import ARCHIVE_KEY, Stored

# Which index was replaced when, so that what it lists stays for hosts that have read it and install from it.
SUPERSEDED = f"{DISTS}/superseded.json"
RELEASE = f"{DISTS}/Release"


@dataclass(frozen=True)
class Patience:
    """How long hosts believe a Release file, and how long things stay that are no longer needed."""

    valid_days: int
    grace: timedelta = timedelta(days=3)  # hosts read lists twice a day and install within a day of it
    unfinished: timedelta = timedelta(days=1)  # listed nowhere: of a run that was killed, or that is at work

    @property
    def renewal(self) -> timedelta:
        """With less of its validity left, the Release file is signed anew: half of it."""
        return timedelta(days=self.valid_days) / 2


@dataclass(frozen=True)
class Published:
    """The repository as it is: what lies there, the Release file in force, and what came before it."""

    listing: Mapping[str, Stored]
    release: Release | None = None
    packages: list[Package] = field(default_factory=list)
    superseded: Mapping[str, datetime] = field(default_factory=dict)  # path of the index → when
    listed: Mapping[str, frozenset[str]] = field(default_factory=dict)  # path of the index → paths in it


@dataclass(frozen=True)
class Plan:
    """What is to be done: packages first, then the indexes, the signed Release last, then what may go."""

    uploads: list[Package]
    is_signed_anew: bool
    superseded: dict[str, datetime]
    removals: list[str]

    @property
    def is_empty(self) -> bool:
        """Nothing to do."""
        return not (self.uploads or self.is_signed_anew or self.removals)


def make_plan(
    published: Published, wanted: list[Package], index: Index, now: datetime, patience: Patience
) -> Plan:
    """The way from what is published to what is wanted."""
    release = published.release
    is_signed_anew = release is None or not _is_in_force(release, index, published, now, patience)
    in_force = index.by_hash_path if release is None or is_signed_anew else release.by_hash_path
    before = {release.by_hash_path: now} if release else {}
    superseded = {
        path: at
        for path, at in {**published.superseded, **before}.items()
        if path in published.listing and path != in_force
    }
    needed = {in_force, *(package.path for package in wanted)}
    return Plan(
        uploads=[package for package in wanted if not is_there(published.listing, package)],
        is_signed_anew=is_signed_anew,
        superseded=superseded,
        removals=_removals(published, needed, superseded, now, patience),
    )


def superseded_text(superseded: Mapping[str, datetime]) -> str:
    """As it is kept in the repository."""
    return (
        json.dumps({path: at.isoformat() for path, at in superseded.items()}, indent=1, sort_keys=True) + "\n"
    )


def read_superseded(text: str) -> dict[str, datetime]:
    """The inverse of `superseded_text`; a `ValueError` for anything else."""
    content = json.loads(text)
    if not isinstance(content, dict):
        raise ValueError(f"{SUPERSEDED} must hold one object")
    return {str(path): datetime.fromisoformat(at).astimezone(UTC) for path, at in content.items()}


def _is_in_force(
    release: Release, index: Index, published: Published, now: datetime, patience: Patience
) -> bool:
    """The Release file vouches for these packages, apt finds their index, and it stays valid for a while."""
    return (
        release.architecture == index.architecture
        and release.plain_sha256 == sha256_of(index.plain)
        and release.by_hash_path in published.listing
        and release.valid_until - now >= patience.renewal
    )


def is_there(listing: Mapping[str, Stored], package: Package) -> bool:
    """Whether the package lies in its place, by size and by the hash that the place knows."""
    stored = listing.get(package.path)
    if stored is None or stored.size_bytes != package.size_bytes:
        return False
    return not package.md5 or stored.md5 == package.md5


def _removals(
    published: Published,
    needed: set[str],
    superseded: Mapping[str, datetime],
    now: datetime,
    patience: Patience,
) -> list[str]:
    """What lies in our folders, is in no list that a host may still hold, and is not just arriving."""
    kept = {*needed, INRELEASE, RELEASE, SUPERSEDED, ARCHIVE_KEY}
    for path, at in superseded.items():
        if now - at < patience.grace:
            kept |= {path, *published.listed.get(path, ())}
    return sorted(
        path
        for path, stored in published.listing.items()
        if path.startswith(("pool/", f"{DISTS}/"))
        and path not in kept
        and now - stored.modified_at >= patience.unfinished
    )
