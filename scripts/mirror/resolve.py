"""From package names to packages: what each role needs on a bare Debian 13, and all in one set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from provision.errors import TerminalError

from mirror.debian import Mirrors
from mirror.package import Package
from mirror.private_apt import Candidate, PrivateApt


@dataclass(frozen=True)
class Resolved:
    """All that hosts may need, one version each, and what of it came from the security archive."""

    packages: dict[Candidate, Package]
    security: frozenset[tuple[str, str]]

    @property
    def size_bytes(self) -> int:
        """Of all files together."""
        return sum(package.size_bytes for package in self.packages.values())


def resolve(apt: PrivateApt, requests: Mapping[str, Iterable[str]], mirrors: Mirrors) -> Resolved:
    """Every request resolved by apt on its own; a `TerminalError` says whose can't be."""
    candidates: dict[tuple[str, str], Candidate] = {}
    for asker, names in requests.items():
        candidates |= {(found.name, found.architecture): found for found in resolve_one(apt, asker, names)}
    listed = apt.describe(candidates.values()) if candidates else []
    described = {(package.name, package.version, package.architecture): package for package in listed}
    security = {
        key for key, found in candidates.items() if found.uri.startswith(f"{mirrors.security.rstrip('/')}/")
    }
    packages = {
        found: described[found.name, found.version, found.architecture] for found in candidates.values()
    }
    return Resolved(packages, frozenset(security))


def resolve_one(apt: PrivateApt, asker: str, names: Iterable[str]) -> list[Candidate]:
    """What one of them needs."""
    try:
        return apt.resolve(names)
    except TerminalError as error:
        raise TerminalError(
            f"What {asker} installs must be installable together on {apt.architecture}. {error}"
        ) from error
