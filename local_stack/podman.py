"""Runs containers of the stack's one image: as root, or through `sudo -n` when not root."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from local_stack.errors import StackError
from local_stack.state import StackState

# runc, because crun refuses machines with hybrid cgroups; limits below the machine's own hard limits,
# because podman's defaults need a capability that virtual machines and CI often lack.
RUN_OPTIONS = (
    "--runtime=runc",
    "--network=host",
    "--ulimit=nofile=4096:4096",
    "--ulimit=nproc=4096:4096",
)
LABEL = "cloudworks.stack"


def command() -> list[str]:
    """Return the words that start podman on this machine."""
    if shutil.which("podman") is None:
        raise StackError("podman must be installed, and is not", "apt-get install podman runc")
    return ["podman"] if os.geteuid() == 0 else ["sudo", "-n", "podman"]


def run_command(
    state: StackState, part: str, options: Sequence[str], image: str, arguments: Sequence[str]
) -> list[str]:
    """Return the command that runs one container of this stack, named and labelled as its own."""
    name = state.container_name(part)
    own = [f"--name={name}", f"--label={LABEL}={state.label}"]
    is_elsewhere = any(option.startswith("--network=") for option in options)
    common = [option for option in RUN_OPTIONS if not (is_elsewhere and option.startswith("--network="))]
    return [*command(), "run", *common, *own, *options, image, *arguments]


def podman(
    *arguments: str, stdin: bytes | None = None, timeout_seconds: float = 60.0, check: bool = True
) -> subprocess.CompletedProcess[bytes]:
    """Run one podman command to its end; a StackError with podman's own words when it fails."""
    try:
        done = subprocess.run(
            [*command(), *arguments], input=stdin, capture_output=True, timeout=timeout_seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise StackError(
            f"podman {arguments[0]} did not end within {timeout_seconds:.0f} s", "podman ps -a"
        ) from error
    if check and done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip().splitlines()[-5:]
        raise StackError(f"podman {arguments[0]} failed: " + "\n    ".join(words), "podman info")
    return done


def has_image(image: str) -> bool:
    """Say whether the image is in this machine's store."""
    return podman("image", "exists", image, check=False).returncode == 0


def is_running(state: StackState, part: str) -> bool:
    """Say whether this stack's container for `part` runs."""
    asked = podman(
        "container", "inspect", "--format={{.State.Running}}", state.container_name(part), check=False
    )
    return asked.stdout.strip() == b"true"


def remove(state: StackState, part: str, stop_seconds: int = 10) -> None:
    """Stop and remove this stack's container for `part`; nothing happens when there is none."""
    name = state.container_name(part)
    words = ("rm", "--force", "--ignore", f"--time={stop_seconds}", name)
    if podman(*words, timeout_seconds=stop_seconds + 60, check=False).returncode != 0:
        # it ended by itself while podman stopped it, which podman takes for a fault
        podman(*words, timeout_seconds=stop_seconds + 60)


def remove_all(state: StackState, part_prefix: str = "") -> None:
    """Remove every container of this stack whose part begins with `part_prefix`, at once."""
    listed = podman(
        "ps",
        "--all",
        "--quiet",
        f"--filter=label={LABEL}={state.label}",
        f"--filter=name=^{state.container_name(part_prefix)}",
    )
    names = listed.stdout.decode().split()
    if names:
        podman("rm", "--force", "--ignore", "--time=0", *names)


def remove_tree(path: Path) -> None:
    """Remove a folder that containers may have written as another user."""
    if not path.exists():
        return
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    subprocess.run([*prefix, "rm", "-rf", "--one-file-system", "--", str(path)], check=True, timeout=120)
