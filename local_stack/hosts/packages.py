"""The packages that hosts of Molecule install from: what the package mirror publishes, in a folder.

It is kept below the user's cache for all checkouts, by a hash of `roles/packages.yml` and of the mirror's code,
and brought up to date once a day.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from local_stack.errors import StackError
from local_stack.state import CHECKOUT

NAMES = CHECKOUT / "roles" / "packages.yml"
SCRIPTS = CHECKOUT / "scripts"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
FRESH_SECONDS = 24 * 3600.0
BUILD_SECONDS = 1800.0


def cache() -> Path:
    """Return the folder in the user's cache."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "cloudworks" / "hosts"


def ensure_tree(say: Callable[[str], None]) -> Path:
    """Return the folder of the repository, made now if it is not there or not of today."""
    digest = hashlib.sha256(NAMES.read_bytes())
    for source in sorted((SCRIPTS / "mirror").glob("*")):
        digest.update(source.read_bytes() if source.is_file() else b"")
    tree = cache() / f"apt-{digest.hexdigest()[:12]}"
    with _alone():
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


@contextmanager
def _alone() -> Iterator[None]:
    """Let one checkout at a time work on the cache."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
