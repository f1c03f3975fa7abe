"""What a function's zip weighs, and what a cold start pays for its imports."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from types import MappingProxyType

from provision.function_zip import function_zips

from local_stack import podman
from local_stack.state import CHECKOUT, StackState

_NO_SETTINGS: Mapping[str, str] = MappingProxyType({})
# no compiled modules are kept, as on AWS, where the zip's folder can't be written
_IMPORT = """
import importlib, json, sys, time
cpu, wall = time.process_time(), time.perf_counter()
importlib.import_module(sys.argv[1])
print(json.dumps([time.process_time() - cpu, time.perf_counter() - wall]))
"""


def weigh(
    state: StackState, function: str, rounds: int, settings: Mapping[str, str] = _NO_SETTINGS
) -> dict[str, float]:
    """Return the zip's sizes in bytes, and the seconds of its import in new processes of Python 3.13."""
    built = function_zips(CHECKOUT, "x86_64")[function]
    with TemporaryDirectory() as folder:
        with zipfile.ZipFile(built.path) as archive:
            archive.extractall(folder)
        imports = [_import(state, Path(folder), function, settings) for _ in range(rounds)]
    return {
        "zip_bytes": built.path.stat().st_size,
        "unzipped_bytes": built.unzipped_bytes,
        "import_seconds": median(cpu for cpu, _ in imports),
        "import_wall_seconds": median(wall for _, wall in imports),
    }


def _import(
    state: StackState, folder: Path, function: str, settings: Mapping[str, str]
) -> tuple[float, float]:
    environment = {"PYTHONDONTWRITEBYTECODE": "1", **settings}
    options = [
        "--rm",
        f"--volume={folder}:/var/task:ro",
        "--workdir=/var/task",
        *(f"--env={name}={value}" for name, value in environment.items()),
    ]
    arguments = ["python3", "-c", _IMPORT, f"{function}.handler"]
    command = podman.run_command(state, "import", options, state.image, arguments)
    done = podman.podman(*command[len(podman.command()) :], timeout_seconds=600)
    cpu, wall = json.loads(done.stdout)
    return cpu, wall
