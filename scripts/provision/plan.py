"""A plan: what would change, as a value that renders itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

Action = Literal["create", "update", "delete", "keep", "held", "blocked"]
SIGNS: dict[Action, str] = {
    **{"create": "+", "update": "~", "delete": "-"},
    **{"keep": "=", "held": "=", "blocked": "!"},
}
EXIT_NO_CHANGE, EXIT_ERROR, EXIT_CHANGES_WAITING = 0, 1, 2


@dataclass(frozen=True)
class SettingChange:
    """One setting of one thing: as it is live, and as it is wanted."""

    setting: str
    live: Any
    wanted: Any


@dataclass(frozen=True)
class Change:
    """What would happen to one thing."""

    action: Action
    kind: str
    name: str
    settings: tuple[SettingChange, ...] = ()

    def render(self) -> str:
        """The change as lines for people: one for the thing, one for each setting."""
        lines = [f"{SIGNS[self.action]} {self.action:7} {self.kind} {self.name}"]
        if self.action == "create":
            lines += [f"      {change.setting}: {as_text(change.wanted)}" for change in self.settings]
        else:
            lines += [
                f"      {change.setting}: {as_text(change.live)} → {as_text(change.wanted)}"
                for change in self.settings
            ]
        return "\n".join(lines)


@dataclass(frozen=True)
class Plan:
    """All changes, in the order of the work."""

    changes: tuple[Change, ...]

    def of(self, action: Action) -> tuple[Change, ...]:
        """The changes of one sort."""
        return tuple(change for change in self.changes if change.action == action)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do: things that are kept, or held as they are, are no change."""
        return all(change.action in {"keep", "held"} for change in self.changes)

    @property
    def exit_code(self) -> int:
        """0 no change, 1 blocked, 2 changes waiting."""
        if self.of("blocked"):
            return EXIT_ERROR
        return EXIT_NO_CHANGE if self.is_empty else EXIT_CHANGES_WAITING

    def summary(self) -> str:
        """The counts in one line, such as `3 to create, 1 to update`."""
        verbs: tuple[Action, ...] = ("create", "update", "delete")
        counts = [f"{len(self.of(action))} to {action}" for action in verbs if self.of(action)]
        counts += [f"{len(self.of('blocked'))} blocked"] if self.of("blocked") else []
        counts += [f"{len(self.of('keep'))} kept"] if self.of("keep") else []
        counts += [f"{len(self.of('held'))} held back"] if self.of("held") else []
        return ", ".join(counts) or "no change"

    def render(self) -> str:
        """Every change, then the counts."""
        return "\n".join([*(change.render() for change in self.changes), f"Plan: {self.summary()}."])


def as_text(value: object) -> str:
    """A value for people: texts as they are, the rest as JSON on one line."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, default=str)
