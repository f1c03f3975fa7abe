"""What the function's zip weighs, and what a cold start pays for its imports."""

import json
import zipfile
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from provision.function_zip import function_zips

from local_stack import podman
from tests.bench.etl_place import ROOT, Place

# no compiled modules are kept, as on AWS, where the zip's folder can't be written
_IMPORT = """
import json, time
cpu, wall = time.process_time(), time.perf_counter()
import etl.handler
print(json.dumps([time.process_time() - cpu, time.perf_counter() - wall]))
"""


def weigh(place: Place, rounds: int) -> dict[str, float]:
    """Return the zip's sizes in bytes, and the seconds of its import in a new process of Python 3.13."""
    built = function_zips(ROOT, "x86_64")["etl"]
    with TemporaryDirectory(dir=place.folder) as folder:
        with zipfile.ZipFile(built.path) as archive:
            archive.extractall(folder)
        imports = [_import(place, Path(folder)) for _ in range(rounds)]
    return {
        "zip_bytes": built.path.stat().st_size,
        "unzipped_bytes": built.unzipped_bytes,
        "import_seconds": median(cpu for cpu, _ in imports),
        "import_wall_seconds": median(wall for _, wall in imports),
    }


def _import(place: Place, folder: Path) -> tuple[float, float]:
    options = [
        "--rm",
        f"--volume={folder}:/var/task:ro",
        "--workdir=/var/task",
        "--env=PYTHONDONTWRITEBYTECODE=1",
    ]
    arguments = ["python3", "-c", _IMPORT]
    command = podman.run_command(place.state, "import", options, place.state.image, arguments)
    done = podman.podman(*command[len(podman.command()) :])
    cpu, wall = json.loads(done.stdout)
    return cpu, wall
