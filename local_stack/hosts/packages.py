"""The packages that hosts of Molecule install from: a signed repository, made once for each list of them.

`roles/packages.yml` names the packages; the rest is what they need on top of the hosts' image. It is kept below
the user's cache, for all checkouts: downloads stay, and what is made of them is found by a hash of what went in.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from local_stack import podman
from local_stack.hosts.containers import LIMITS
from local_stack.state import CHECKOUT

NAMES = CHECKOUT / "roles" / "packages.yml"
SCRIPT = Path(__file__).with_name("packages.sh")
BUILD_SECONDS = 1200.0


def cache() -> Path:
    """Return the folder in the user's cache."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "cloudworks" / "packages"


def names_of(text: str) -> list[str]:
    """Return the packages of all roles, sorted, each once."""
    lists = yaml.safe_load(text) or {}
    return sorted({name for names in lists.values() for name in names})


def ensure_tree(image: str, say: Callable[[str], None]) -> Path | None:
    """Return the folder of the repository, made now if it is not there; None when no role names a package."""
    names = names_of(NAMES.read_text()) if NAMES.exists() else []
    if not names:
        return None
    made_of = "\n".join([image, SCRIPT.read_text(), *names])
    tree = cache() / hashlib.sha256(made_of.encode()).hexdigest()[:12]
    with _alone():
        if not (tree / "dists/trixie/InRelease").exists():
            say(f"packages: collecting {len(names)} and what they need, once")
            _make(image, tree, names)
            say(f"packages: {len(list((tree / 'pool/main').iterdir()))} are in {tree}")
    return tree


def _make(image: str, tree: Path, names: list[str]) -> None:
    scratch = cache() / "new"
    podman.remove_tree(scratch)
    scratch.mkdir(parents=True)
    mounts = [f"--volume={cache()}:/cache", f"--volume={SCRIPT}:/packages.sh:ro"]
    options = ["--rm", "--runtime=runc", "--network=host", *LIMITS, *mounts]
    podman.podman(
        "run",
        *options,
        image,
        "sh",
        "/packages.sh",
        "/cache/new",
        "/cache/archives",
        *names,
        timeout_seconds=BUILD_SECONDS,
    )
    shutil.move(scratch, tree)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one checkout at a time work on the cache."""
    cache().mkdir(parents=True, exist_ok=True)
    with (cache() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
