"""Installs the wheels of a lock for the functions' platform, whatever machine and Python this is."""

import os
import subprocess
import sys
from pathlib import Path

# The functions' runtime. Lambda's Python 3.13 runs on Amazon Linux 2023, which has glibc 2.34.
PYTHON_VERSION = "3.13"
_PLATFORMS = {
    "x86_64": "x86_64-manylinux_2_28",
    "arm64": "aarch64-manylinux_2_28",
    "aarch64": "aarch64-manylinux_2_28",
}
_TIMEOUT_SECONDS = 900


class WheelsError(Exception):
    """The wheels could not be installed; the text holds what the installer said. Often a passing fault."""


def install_locked_wheels(lock: Path, target: Path, architecture: str) -> None:
    """Put the wheels of `lock`, hashes checked, into `target` for x86_64, arm64 or aarch64.

    Raises `WheelsError`.
    """
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "install",
        "--quiet",
        "--system-certs",
        f"--target={target}",
    ]
    command += [f"--python-version={PYTHON_VERSION}", f"--python-platform={_PLATFORMS[architecture]}"]
    command += [
        "--only-binary=:all:",
        "--no-deps",
        "--require-hashes",
        "--link-mode=copy",
        f"--requirement={lock}",
    ]
    try:
        answer = subprocess.run(
            command,
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise WheelsError(f"the wheels of {lock} were not there after {_TIMEOUT_SECONDS} s") from error
    if answer.returncode != 0:
        raise WheelsError(f"the wheels of {lock} must install, but uv says:\n{answer.stderr.strip()}")


def _environment() -> dict[str, str]:
    """Return this environment with pip's package index handed on: uv does not read pip's settings."""
    environment = dict(os.environ)
    asked = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    index = environment.get("PIP_INDEX_URL") or asked.stdout.strip()
    if index:
        environment.setdefault("UV_DEFAULT_INDEX", index)
    return environment
