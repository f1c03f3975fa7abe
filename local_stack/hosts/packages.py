"""The packages that hosts of Molecule install from: what the package mirror publishes, in a folder.

It is kept with the local stack, by a hash of `roles/packages.yml` and of the mirror's
code, and brought up to date once a day.
"""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from file_lock import held_lock

from local_stack.errors import StackError
from local_stack.state import CHECKOUT, DEFAULT_DIRECTORY

NAMES = CHECKOUT / "roles" / "packages.yml"
SCRIPTS = CHECKOUT / "scripts"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
FRESH_SECONDS = 24 * 3600.0
BUILD_SECONDS = 1800.0


def ensure_tree(say: Callable[[str], None]) -> Path:
    """Return the folder of the repository, made now if it is not there or not of today."""
    digest = hashlib.sha256(NAMES.read_bytes())
    for source in sorted((SCRIPTS / "mirror").glob("*")):
        digest.update(source.read_bytes() if source.is_file() else b"")
    tree = DEFAULT_DIRECTORY / "packages" / digest.hexdigest()[:12]
    with held_lock(DEFAULT_DIRECTORY / "packages" / "lock"):
        release = tree / "dists/trixie/InRelease"
        if not release.exists() or time.time() - release.stat().st_mtime > FRESH_SECONDS:
            say("packages: mirroring what the roles install, once a day")
            _mirror(tree)
            release.touch()
    return tree


def _mirror(tree: Path) -> None:
    architecture = ARCHITECTURES[platform.machine()]
    options = ["--to", str(tree), "--architecture", architecture, "--without-image"]
    done = subprocess.run(
        [sys.executable, str(SCRIPTS / "mirror_packages.py"), *options],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(SCRIPTS)},
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        words = "\n    ".join((done.stderr or done.stdout).strip().splitlines()[-8:])
        raise StackError(f"the packages can't be mirrored:\n    {words}", "scripts/mirror_packages.py --help")
