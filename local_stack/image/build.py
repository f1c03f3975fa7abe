"""Builds the stack's image once; its tag is a hash of everything that it is made from."""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from file_lock import held_lock
from locked_wheels import WheelsError, install_locked_wheels

from local_stack import podman
from local_stack.errors import StackError

HERE = Path(__file__).resolve().parent
LOCK = HERE.parents[1] / "build" / "image.lock"
REPOSITORY = "localhost/cloudworks-debian13"
SOURCES = ("build.sh", "packages.txt", "runtime.lock")
BUILD_SECONDS = 1200
MACHINES = ("x86_64", "aarch64")


@dataclass(frozen=True)
class Mirrors:
    """The package mirrors of this machine's own apt."""

    main: str
    security: str


def image_tag() -> str:
    """Return the image's name; it changes when a source of the image does, or the machine's kind."""
    digest = hashlib.sha256(platform.machine().encode())
    for name in SOURCES:
        digest.update((HERE / name).read_bytes())
    return f"{REPOSITORY}:{digest.hexdigest()[:12]}"


def ensure_image(say: Callable[[str], None]) -> str:
    """Return the image's name, built now if this machine does not have it (about two minutes)."""
    image = image_tag()
    if not podman.has_image(image):
        with held_lock(LOCK):  # whoever comes second finds it there
            if not podman.has_image(image):
                _build_here(image, say)
    return image


def _build_here(image: str, say: Callable[[str], None]) -> None:
    machine = platform.machine()
    _check_machine(machine)
    mirrors = mirrors_of(_output(["apt-cache", "policy"]))
    with tempfile.TemporaryDirectory() as folder:
        say("image: fetching the functions' runtime client")
        runtime = Path(folder) / "runtime"
        _install_runtime(runtime, machine)
        say(f"image: building {image} from Debian packages, once; this takes about two minutes")
        _build(image, runtime, mirrors)
    say(f"image: {image} is ready")


def mirrors_of(policy: str) -> Mirrors:
    """Return the mirrors that `apt-cache policy` printed; a StackError when none is Debian's."""
    found: dict[bool, str] = {}
    for url, suite, release in re.findall(r"\d+ (https?://\S+) (\S+)/main .*\n +release (.*)", policy):
        if "o=Debian," in release:
            found.setdefault("security" in suite, url)
    if False not in found:
        raise StackError(
            "the image is built from Debian packages, and this machine's apt knows no Debian mirror",
            "use Debian 12 or newer, or a virtual machine with it",
        )
    return Mirrors(found[False], found.get(True, ""))


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


def _install_runtime(target: Path, machine: str) -> None:
    try:
        install_locked_wheels(HERE / "runtime.lock", target, machine)
    except WheelsError as error:
        raise StackError(f"the image can't be built: {error}", "make up, to try again") from error


def _build(image: str, runtime: Path, mirrors: Mirrors) -> None:
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    words = ["sh", str(HERE / "build.sh"), image, str(HERE / "packages.txt"), str(runtime), mirrors.main]
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
