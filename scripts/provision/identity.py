"""How an AWS thing is known again without a state file: by its name and its tags."""

from __future__ import annotations

from dataclasses import dataclass

from provision.settings import Settings

MANAGED_BY = "provision"


@dataclass(frozen=True)
class Identity:
    """A thing's name, and the tags it gets in the call that creates it."""

    name: str
    tags: dict[str, str]


def identity_tags(settings: Settings) -> dict[str, str]:
    """The tags of everything that this environment owns, and of nothing else."""
    return {"Project": settings.project, "Environment": settings.environment, "ManagedBy": MANAGED_BY}


def identify(settings: Settings, what: str, *, suffix: str = "") -> Identity:
    """The identity of `what` in this environment: `<project>-<environment>-<what>[-<suffix>]`."""
    parts = (settings.project, settings.environment, what, suffix)
    return Identity("-".join(part for part in parts if part), identity_tags(settings))
