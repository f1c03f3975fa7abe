"""Pack the dashboards of this checkout into one archive, named after what they hold.

The same files give the same archive, byte for byte, on any machine and at any time; its name is the id of the
release. Prints {"release": …, "archive": …} as JSON.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
ID_LENGTH = 12
RELEASE_FILE = "RELEASE"
LEFT_OUT = {"tests"}  # a host runs the apps and does not test them


class PackError(Exception):
    """What was given holds no dashboards."""


def release_files(folder: Path) -> dict[str, bytes]:
    """Return the files of every app in the folder by path, in order; an app is a folder with an app.R."""
    apps = sorted(path.parent for path in folder.glob("*/app.R"))
    if not apps:
        raise PackError(f"{folder} must hold a folder with an app.R, and does not. Next: --source <folder>")
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for app in apps
        for path in sorted(app.rglob("*"))
        if path.is_file() and is_part_of_release(path.relative_to(app))
    }


def is_part_of_release(path: Path) -> bool:
    """Say whether a file, named from its app's folder, goes to a host: no tests, nothing hidden."""
    return path.parts[0] not in LEFT_OUT and not any(part.startswith(".") for part in path.parts)


def release_id(files: Mapping[str, bytes]) -> str:
    """Return the first characters of a SHA-256 over paths and contents."""
    digest = hashlib.sha256()
    for path, content in files.items():
        digest.update(f"{path}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:ID_LENGTH]


def archive_of(files: Mapping[str, bytes], release: str) -> bytes:
    """Return a tar.gz of the files, with the release's id in each app; no time and no owner in it."""
    apps = sorted({path.split("/")[0] for path in files})
    named = {**files, **{f"{app}/{RELEASE_FILE}": f"{release}\n".encode() for app in apps}}
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as squeezed,
        tarfile.open(fileobj=squeezed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for path, content in sorted(named.items()):
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), 0o644
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def pack(source: Path, folder: Path) -> tuple[str, Path]:
    """Make sure that the archive of `source` is in `folder`; return the release's id and the path."""
    files = release_files(source)
    release = release_id(files)
    archive = folder / f"{release}.tar.gz"
    if not archive.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = archive.with_suffix(".new")
        unfinished.write_bytes(archive_of(files, release))
        unfinished.replace(archive)
    return release, archive


def main(arguments: list[str]) -> int:
    """Pack as the arguments say; 0 when the archive is there."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--source", type=Path, default=CHECKOUT / "shiny", help="the folder of the apps")
    parser.add_argument("--folder", type=Path, default=CHECKOUT / "build/dashboards", help="for the archive")
    options = parser.parse_args(arguments)
    try:
        release, archive = pack(options.source, options.folder)
    except PackError as error:
        print(f"pack_dashboards: {error}", file=sys.stderr)
        return 1
    print(json.dumps({"release": release, "archive": str(archive.resolve())}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
