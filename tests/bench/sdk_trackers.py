"""Bundles each of the peers' trackers, as their lock has them, with its adapter (sdk_peers/)."""

import json
from pathlib import Path

from tests.bench import npm_pinned
from tests.bench.served import ROOT

PINNED = ROOT / "tests/bench/sdk_peers"
FRONTEND = ROOT / "frontend"


def installed_peers(folder: Path) -> Path:
    """Return the folder with the peers' packages."""
    return npm_pinned.installed(PINNED, folder)


def bundled(peers: Path, out: Path, names: tuple[str, ...]) -> dict[str, dict[str, int]]:
    """Write a bundle for each tracker; return how many bytes a page loads for it, by compression."""
    build = ["node", str(PINNED / "build.mjs"), str(FRONTEND), str(peers), str(out), *names]
    sizes: dict[str, dict[str, int]] = json.loads(npm_pinned.run(build, ROOT))
    return sizes


def built_script() -> Path:
    """Build the SDK; return the script tag's file."""
    npm_pinned.run(["npm", "run", "build", "--workspace", "sdk"], FRONTEND)
    return FRONTEND / "sdk/dist/cloudworks.js"
