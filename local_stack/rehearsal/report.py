"""The table at a rehearsal's end: what was checked, what came of it, how long it took."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError
from playwright.sync_api import Error as BrowserError

from local_stack.errors import StackError

# What a step may end with that did not go well; all else is a mistake in the rehearsal itself.
FAILURES = (StackError, RuntimeError, BotoCoreError, BrowserError, subprocess.SubprocessError)


@dataclass
class Report:
    """Lines that grow step by step."""

    say: Callable[[str], None]
    lines: list[tuple[str, str, str]] = field(default_factory=list)
    is_well: bool = True

    def step(self, title: str, act: Callable[[], str]) -> str:
        """Take one step, and note what it says of itself; an error is noted, too, and goes on up."""
        self.say(f"> {title}")
        started = time.monotonic()
        try:
            found = act()
        except FAILURES:
            self.lines.append(("FAILED", title, f"after {time.monotonic() - started:.0f} s"))
            raise
        self.lines.append(("ok", title, found))
        self.say(f"  {found}  ({time.monotonic() - started:.0f} s)")
        return found

    def note(self, title: str, figure: str) -> None:
        """Add a figure."""
        self.lines.append(("", title, figure))

    def fail(self, problem: str) -> None:
        """Say what went wrong."""
        self.is_well = False
        self.say(problem)

    def table(self) -> str:
        """Return all lines, the columns below each other."""
        width = max((len(title) for _, title, _ in self.lines), default=0)
        return "\n".join(f"  {verdict:6}  {title:{width}}  {found}" for verdict, title, found in self.lines)
