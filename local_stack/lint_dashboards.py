"""Runs lintr on the dashboards, in the image that serves them: `python -m local_stack.lint_dashboards`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from local_stack import podman
from local_stack.errors import StackError
from local_stack.image.build import ensure_image

SHINY = Path(__file__).resolve().parents[1] / "shiny"
# lintr ends well whatever it finds; here a finding fails
SCRIPT = """
found <- lintr::lint_dir("/shiny/storefront")
print(found)
quit(status = as.integer(length(found) > 0))
"""


def lint_command(image: str) -> list[str]:
    """Return the command that lints the dashboards; it writes nothing into the checkout."""
    return [
        *(*podman.command(), "run", "--rm", *podman.RUN_OPTIONS),
        *(f"--volume={SHINY}:/shiny:ro", image, "Rscript", "-e", SCRIPT),
    ]


def say(line: str) -> None:
    """Print one line of progress at once."""
    print(line, flush=True)


def main() -> int:
    """Lint; 0 without a finding, 1 with one."""
    try:
        command = lint_command(ensure_image(say))
    except StackError as error:
        print(f"lintr: {error}", file=sys.stderr)
        return 1
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
