"""Figures of the fault tests: how often what was broken, in `build/faults/<test>.json`.

`python -m tests.faults.figures` says what is there. `FAULTS_TRIALS` is the number of kills of the ETL at
random times, 300 if it is not given; every other number of trials goes with it. `FAULTS_SEED` chooses others.
"""

import json
import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "build/faults"
_USUAL_TRIALS = 300


def trials(usual: int) -> int:
    """Return how often something is tried that is tried `usual` times beside 300 kills."""
    return max(1, round(usual * int(os.environ.get("FAULTS_TRIALS", _USUAL_TRIALS)) / _USUAL_TRIALS))


def seed() -> int:
    return int(os.environ.get("FAULTS_SEED", "5"))


@dataclass
class Figures:
    """What one test measured, by name."""

    test: str
    values: dict[str, object] = field(default_factory=dict)

    def line(self) -> str:
        """Return all of it in one line."""
        return f"{self.test}: " + ", ".join(f"{name} {_text(value)}" for name, value in self.values.items())

    def write(self) -> None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        path = FOLDER / f"{re.sub(r'[^a-z0-9]+', '_', self.test).strip('_')}.json"
        path.write_text(json.dumps(self.values, indent=2) + "\n", encoding="utf-8")


def _text(value: object) -> str:
    if isinstance(value, dict):
        return "(" + ", ".join(f"{name} {count}" for name, count in value.items()) + ")"
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def main() -> int:
    """Say what all tests measured that wrote figures."""
    for path in sorted(FOLDER.glob("*.json")):
        sys.stdout.write(Figures(path.stem, json.loads(path.read_text(encoding="utf-8"))).line() + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
