"""Builds the local stack's images, each once; its tag is a hash of everything that it is made from."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from file_lock import held_lock
from locked_wheels import WheelsError, install_locked_wheels
from mirror.debian import Mirrors, mirrors_of

from local_stack import podman
from local_stack.errors import StackError

HERE = Path(__file__).resolve().parent
LOCK = HERE.parents[1] / "build" / "image.lock"
BUILD_SECONDS = 1200
MACHINES = ("x86_64", "aarch64")
NO_SOURCES = {".py", ".pyc", ".in"}


@dataclass(frozen=True)
class Recipe:
    """A folder that `build.sh` makes an image of; `fill` puts more files into a new root's overlay."""

    repository: str
    folder: Path
    about: str  # how long it takes
    fill: Callable[[Path, Callable[[str], None]], None]

    def tag(self) -> str:
        """Return the image's name; it changes when a source of the image does, or the machine's kind."""
        digest = hashlib.sha256(platform.machine().encode())
        sources = [
            path for path in self.folder.rglob("*") if path.is_file() and path.suffix not in NO_SOURCES
        ]
        for path in sorted({HERE / "build.sh", *sources}):
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
        return f"{self.repository}:{digest.hexdigest()[:12]}"

    def ensure(self, say: Callable[[str], None]) -> str:
        """Return the image's name, built now if this machine does not have it."""
        image = self.tag()
        if not podman.has_image(image):
            with held_lock(LOCK):  # whoever comes second finds it there
                if not podman.has_image(image):
                    self._make(image, say)
        return image

    def _make(self, image: str, say: Callable[[str], None]) -> None:
        _check_machine(platform.machine())
        mirrors = debian_mirrors(_output(["apt-cache", "policy"]))
        with tempfile.TemporaryDirectory() as folder:
            overlay = Path(folder) / "overlay"
            overlay.mkdir()
            overlay.chmod(0o755)
            self.fill(overlay, say)
            say(f"image: building {image} from Debian packages, once; this takes {self.about}")
            _build(image, self.folder, overlay, mirrors)
        say(f"image: {image} is ready")


def image_tag() -> str:
    """Return the name of the image in which databases, functions and dashboards run."""
    return STACK.tag()


def ensure_image(say: Callable[[str], None]) -> str:
    """Return the name of that image, built now if this machine does not have it (about two minutes)."""
    return STACK.ensure(say)


def debian_mirrors(policy: str) -> Mirrors:
    """Return the mirrors that `apt-cache policy` printed; a StackError when none is Debian's."""
    found = mirrors_of(policy)
    if not found.main:
        raise StackError(
            "the image is built from Debian packages, and this machine's apt knows no Debian mirror",
            "use Debian 12 or newer, or a virtual machine with it",
        )
    return found


def _check_machine(machine: str) -> None:
    missing = [name for name in ("apt-cache", "mmdebstrap", "podman") if shutil.which(name) is None]
    if missing:
        raise StackError(
            f"the image can't be built here: {', '.join(missing)} must be installed; without the image "
            "there is no PostgreSQL, no Lambda function and no dashboard, only the AWS API",
            "on Debian: apt-get install podman runc mmdebstrap; elsewhere: use a Debian virtual machine",
        )
    if machine not in MACHINES:
        raise StackError(
            f"the image can't be built for {machine}: only x86_64 and aarch64", "use such a machine"
        )


def _install_runtime(overlay: Path, say: Callable[[str], None]) -> None:
    say("image: fetching the functions' runtime client")
    try:
        install_locked_wheels(HERE / "runtime.lock", overlay / "var/runtime", platform.machine())
    except WheelsError as error:
        raise StackError(f"the image can't be built: {error}", "make up, to try again") from error


def _build(image: str, folder: Path, overlay: Path, mirrors: Mirrors) -> None:
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    words = ["sh", str(HERE / "build.sh"), image, str(folder), str(overlay), mirrors.main]
    _run([*prefix, *words, *([mirrors.security] if mirrors.security else [])])


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise StackError(f"{command[0]} did not end within {BUILD_SECONDS} s", "make up") from error
    if done.returncode != 0:
        words = "\n    ".join((done.stderr or done.stdout).strip().splitlines()[-12:])
        raise StackError(
            f"the image can't be built: {' '.join(command[:4])} …:\n    {words}", "make up, to try again"
        )


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


STACK = Recipe("localhost/cloudworks-debian13", HERE, "about two minutes", _install_runtime)
