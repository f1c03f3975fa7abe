"""Builds a function's zip, the same byte for byte from the same sources and locks, and keeps it by content.

Stages: locked wheels are unpacked once per lock (`build/functions/packages-<hash>`; the only stage that uses
the network), pruned by the rules below, and zipped with our own code in sorted order with fixed times and
permissions.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from file_lock import held_lock
from locked_wheels import PYTHON_VERSION, WheelsError, install_locked_wheels

from provision.errors import TerminalError

UNZIPPED_LIMIT_BYTES = 250 * 1024 * 1024  # Lambda's own limit
FIXED_TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can hold
FILE_MODE = 0o100644
COMPRESSION_LEVEL = 6  # 9 takes three times as long for 1 % less

# What no import of our functions reaches. Directories, by name, wherever they lie:
PRUNED_DIRECTORIES = {"tests", "__pycache__", "include"}
# Files by ending: sources and stubs of compiled modules, compiled files that hold the build's time.
PRUNED_ENDINGS = (".pyc", ".pyi", ".pyx", ".pxd", ".pxi", ".h", ".hpp", ".c", ".cc", ".cpp", ".a", ".cmake")
# Arrow's optional libraries: network services (flight), ORC files, compiled expressions (gandiva), GPUs
# (cuda), Hadoop, its own clients of S3, Azure and Google (ours is obstore). Compute, dataset, acero and
# substrait stay: every module of pyarrow is linked with them.
PRUNED_ARROW = ("flight", "gandiva", "cuda", "_orc", "_azurefs", "_gcsfs", "_hdfs", "_s3")
# The wheel has this library three times: as .so, .so.2600 and .so.2600.1.0. Only the middle one is loaded.
DUPLICATE_LIBRARY = re.compile(r"lib\w+\.so(\.\d+\.\d+\.\d+)?")
# Of a wheel's record only what is read at run time or owed to the authors stays: the list of its files names
# files that are pruned here.
KEPT_RECORDS = {"METADATA", "entry_points.txt"}


@dataclass(frozen=True)
class ZipSources:
    """What goes into one function's zip: folders by their name in it, and the lock of its wheels."""

    function: str
    folders: Mapping[str, Path]  # name in the zip → folder on disk
    lock: Path | None = None
    architecture: str = "x86_64"


@dataclass(frozen=True)
class FunctionZip:
    """A function's zip, built when first asked for; `build_dir` caches it by content."""

    sources: ZipSources
    build_dir: Path = field(default=Path("build/functions"))

    @property
    def function(self) -> str:
        """The function's name in lambda_src."""
        return self.sources.function

    @cached_property
    def path(self) -> Path:
        """Where the zip lies."""
        path = self.build_dir / f"{self.function}-{_content_hash(self.sources)}.zip"
        if not path.exists():
            with held_lock(self.build_dir / "building.lock"):  # another run's zip is as good as our own
                if not path.exists():
                    _write_zip(path, dict(_entries(self.sources, self.build_dir)))
        return path

    @cached_property
    def _sha256(self) -> bytes:
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()

    @property
    def sha256_hex(self) -> str:
        """The zip's SHA-256 for object keys."""
        return self._sha256.hex()

    @property
    def sha256_base64(self) -> str:
        """The zip's SHA-256 as Lambda's CodeSha256 has it."""
        return base64.b64encode(self._sha256).decode()

    @cached_property
    def unzipped_bytes(self) -> int:
        """The size of all files in it."""
        with zipfile.ZipFile(self.path) as archive:
            return sum(entry.file_size for entry in archive.infolist())


def function_zips(root: Path, architecture: str) -> dict[str, FunctionZip]:
    """The zips of the project's functions, in the project's folder `root`; nothing is built yet."""
    source = root / "lambda_src"

    def zip_of(function: str, extra: Mapping[str, Path]) -> FunctionZip:
        folders = {"contract": source / "contract", function: source / function, **extra}
        sources = ZipSources(function, folders, source / function / "requirements.lock", architecture)
        return FunctionZip(sources, root / "build" / "functions")

    return {
        "ingest": zip_of("ingest", {}),
        "etl": zip_of("etl", {"marts": root / "warehouse" / "marts"}),
        "shop": zip_of("shop", {}),
    }


def is_kept(name: PurePosixPath) -> bool:
    """Whether a file of an unpacked wheel goes into the zip."""
    folders, file = name.parts[:-1], name.name
    if PRUNED_DIRECTORIES & set(folders) or name.parts[0] == "bin" or file.endswith(PRUNED_ENDINGS):
        return False
    if name.parts[0] == "pyarrow" and any(part in file for part in PRUNED_ARROW):
        return file.endswith(
            ".py"
        )  # thin modules that fail with a clear sentence when their library is missing
    if name.parts[0] == "pyarrow" and DUPLICATE_LIBRARY.fullmatch(file):
        return False
    if folders and folders[0].endswith(".dist-info"):
        return file in KEPT_RECORDS or "licenses" in folders or file.startswith(("LICENSE", "NOTICE"))
    return bool(folders) or file.endswith((".py", ".so"))


def _content_hash(sources: ZipSources) -> str:
    """Changes with anything that could change the zip: own files, lock, platform, and this module's rules."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    digest.update(f"{PYTHON_VERSION} {sources.architecture}".encode())
    if sources.lock:
        digest.update(sources.lock.read_bytes())
    for name, path in _own_files(sources):
        digest.update(f"\0{name}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def _entries(sources: ZipSources, build_dir: Path) -> Iterator[tuple[str, Path]]:
    """All files of the zip by their names in it; own code wins over a wheel's file of the same name."""
    if sources.lock:
        packages = _unpacked_wheels(sources.lock, sources.architecture, build_dir)
        for path in packages.rglob("*"):
            name = PurePosixPath(path.relative_to(packages).as_posix())
            if path.is_file() and is_kept(name):
                yield str(name), path
    yield from _own_files(sources)


def _own_files(sources: ZipSources) -> list[tuple[str, Path]]:
    """Our own code and queries, without locks and compiled files."""
    found = []
    for name, folder in sources.folders.items():
        if not folder.is_dir():
            raise TerminalError(
                f"The function {sources.function} must have its folder {folder}: it is not there."
            )
        for path in sorted(folder.rglob("*")):
            if (
                path.is_file()
                and "__pycache__" not in path.parts
                and not path.name.startswith("requirements.")
            ):
                found.append((f"{name}/{path.relative_to(folder).as_posix()}", path))
    return found


def _unpacked_wheels(lock: Path, architecture: str, build_dir: Path) -> Path:
    """The folder of the lock's wheels for Lambda's platform; complete when it has its name."""
    key = hashlib.sha256(f"{PYTHON_VERSION} {architecture}\n".encode() + lock.read_bytes()).hexdigest()[:16]
    folder = build_dir / f"packages-{key}"
    if folder.exists():
        return folder
    unfinished = build_dir / f"packages-{key}.{os.getpid()}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    try:
        install_locked_wheels(lock, unfinished, architecture)
    except WheelsError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise TerminalError(
            f"Can't build the function's zip: {error}\n"
            "Try again when the package index can be reached; if the lock is wrong, mend it with `make lock`."
        ) from error
    unfinished.rename(folder)
    return folder


def _write_zip(path: Path, entries: Mapping[str, Path]) -> None:
    """The zip is complete when it has its name; entries are sorted, with fixed times and permissions."""
    size = sum(file.stat().st_size for file in entries.values())
    if size > UNZIPPED_LIMIT_BYTES:
        raise TerminalError(
            f"{path.name} must unzip to at most {UNZIPPED_LIMIT_BYTES} bytes (Lambda's limit), "
            f"it has {size}: leave out a dependency or prune more in scripts/provision/function_zip.py."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.unfinished")
    with zipfile.ZipFile(unfinished, "w") as archive:
        for name in sorted(entries):
            entry = zipfile.ZipInfo(name, date_time=FIXED_TIME)
            entry.create_system = 3  # Unix, on whatever machine this runs
            entry.external_attr = FILE_MODE << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, entries[name].read_bytes(), compresslevel=COMPRESSION_LEVEL)
    unfinished.rename(path)
