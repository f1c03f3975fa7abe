"""What a run says: what is newer, what it did, what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from mirror.package import Package
from mirror.plan import Patience
from mirror.release import Release

_SHOWN = 40


@dataclass(frozen=True)
class Difference:
    """How the wanted packages differ from the published ones."""

    lines: list[str]
    added_count: int
    newer_count: int
    security_count: int
    dropped_count: int

    @property
    def summary(self) -> str:
        """In one line."""
        return (
            f"{self.newer_count} newer ({self.security_count} of them security updates), "
            f"{self.added_count} added, {self.dropped_count} dropped"
        )


def difference(
    published: Iterable[Package], wanted: Iterable[Package], security: frozenset[tuple[str, str]]
) -> Difference:
    """What a host would notice."""
    before = {package.key: package for package in published}
    after = {package.key: package for package in wanted}
    if not before:
        return Difference([], len(after), 0, 0, 0)
    newer = [key for key in after if key in before and before[key].version != after[key].version]
    added, dropped = [key for key in after if key not in before], [key for key in before if key not in after]
    lines = [
        f"~ {key[0]} {before[key].version} → {after[key].version}{' (security)' if key in security else ''}"
        for key in newer
    ]
    lines += [f"+ {key[0]} {after[key].version}" for key in added]
    lines += [f"- {key[0]} {before[key].version}" for key in dropped]
    waiting = len([key for key in newer if key in security])
    return Difference(sorted(lines, key=_worst_first), len(added), len(newer), waiting, len(dropped))


def _worst_first(line: str) -> tuple[bool, str]:
    return not line.endswith("(security)"), line


def shown(lines: list[str]) -> str:
    """The lines, or the first of them and how many more there are."""
    rest = [f"… and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return "".join(f"  {line}\n" for line in [*lines[:_SHOWN], *rest])


def validity(release: Release | None, now: datetime, patience: Patience) -> str:
    """Until when hosts believe what is published, and whether that is soon over."""
    if release is None:
        return "nothing that hosts could use is published yet"
    left = release.valid_until - now
    until = f"{release.valid_until:%Y-%m-%d %H:%M} UTC"
    if left <= timedelta(0):
        return f"EXPIRED at {until}: hosts refuse the lists until they are published again"
    soon = " SOON OVER: publish again" if left < patience.renewal else ""
    return f"valid until {until}, {left / timedelta(days=1):.0f} days from now{soon}"


def megabytes(size_bytes: int) -> str:
    """With one decimal."""
    return f"{size_bytes / 1e6:.1f} MB"
