"""Unpacks function zips, each once, into a folder named after its content."""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from pathlib import Path


def unpacked(store: Path, digest: str, archive: bytes) -> Path:
    """Return the folder with the zip's files, with the modes that the zip gives them, as AWS unpacks it.

    A zip whose files others may not read fails here as it fails on AWS: the function's user is not root.
    """
    target = store / digest
    if target.exists():
        return target
    store.mkdir(mode=0o700, parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=store, prefix=".new-"))
    scratch.chmod(0o755)
    with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
        for entry in zipped.infolist():
            path = Path(zipped.extract(entry, scratch))
            mode = (entry.external_attr >> 16) & 0o777
            path.chmod(0o755 if path.is_dir() else mode or 0o644)
    for folder in (path for path in scratch.rglob("*") if path.is_dir()):
        folder.chmod(0o755)
    try:
        scratch.rename(target)
    except OSError:  # another invocation was quicker: its folder has the same content
        shutil.rmtree(scratch)
    return target


def forget_all_but(store: Path, digests: set[str]) -> None:
    """Remove the folders of code that no function has any more."""
    if store.exists():
        for path in store.iterdir():
            if path.name not in digests:
                shutil.rmtree(path, ignore_errors=True)
