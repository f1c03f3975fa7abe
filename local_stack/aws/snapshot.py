"""Keeps what is in moto over a restart: every backend in use, pickled, with large bodies in files apart.

moto holds everything in memory. A snapshot is one pickle of all its backends together, so that references
between services stay what they are. Bytes above 256 KiB (function zips, large objects) go to `blobs/`, named
by their SHA-256, and are written once: a snapshot each minute stays cheap. Locks come back unlocked.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import sys
from pathlib import Path

import moto
from moto.backends import get_backend
from moto.core.base_backend import AccountSpecificBackend, BackendDict

from local_stack.aws.moto_types import Moto
from local_stack.aws.pickling import reduced

BLOB_BYTES = 256 * 1024
VERSION = f"moto {moto.__version__}, Python {sys.version_info.major}.{sys.version_info.minor}, layout 1"


class _Writer(pickle.Pickler):
    """A pickler that names backend tables, keeps large bytes apart and makes new locks."""

    def __init__(self, stream: io.BytesIO, blobs: dict[str, bytes]) -> None:
        super().__init__(stream, protocol=5)
        self._blobs = blobs

    def persistent_id(self, value: Moto) -> tuple[str, ...] | None:
        kind = type(value)
        if kind is bytes and len(value) > BLOB_BYTES:
            name = hashlib.sha256(value).hexdigest()
            self._blobs[name] = value
            return ("blob", name)
        if isinstance(value, BackendDict):
            return ("service", value.service_name)
        if isinstance(value, AccountSpecificBackend):
            return ("account", value.service_name, value.account_id)
        return None

    def reducer_override(self, value: Moto) -> Moto:
        return reduced(value)


class _Reader(pickle.Unpickler):
    """The other half of `_Writer`. It reads only files that this stack wrote into its own 0700 folder."""

    def __init__(self, stream: io.BytesIO, blobs: Path) -> None:
        super().__init__(stream)
        self._blobs = blobs

    def persistent_load(self, reference: Moto) -> Moto:
        kind, name, *rest = reference
        if kind == "blob":
            return (self._blobs / name).read_bytes()
        service = get_backend(name)
        return service[rest[0]] if kind == "account" else service


def dump() -> tuple[bytes, dict[str, bytes]]:
    """Return all of moto's backends as one pickle, and the large bodies by their SHA-256."""
    found = [
        (table.service_name, account, region, backend)
        for table in _tables()
        for account, region, backend in table.iter_backends()
    ]
    blobs: dict[str, bytes] = {}
    stream = io.BytesIO()
    _Writer(stream, blobs).dump((VERSION, found))
    return stream.getvalue(), blobs


def _tables() -> list[Moto]:
    """Return moto's tables of backends that are in use."""
    in_use: Moto = BackendDict
    return list(in_use._instances)


def write(directory: Path, document: bytes, blobs: dict[str, bytes]) -> None:
    """Replace the snapshot in `directory` in one step; bodies no longer named are removed after it."""
    store = directory / "blobs"
    store.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, body in blobs.items():
        if not (store / name).exists():
            _write_file(store / name, body)
    _write_file(directory / "snapshot.pickle", document)
    for path in store.iterdir():
        if path.name not in blobs:
            path.unlink()


def read(directory: Path) -> bool:
    """Put the snapshot's backends in moto's place; say whether there was a snapshot of this version."""
    path = directory / "snapshot.pickle"
    if not path.exists():
        return False
    version, found = _Reader(io.BytesIO(path.read_bytes()), directory / "blobs").load()
    if version != VERSION:
        raise ValueError(f"{path} is a snapshot of {version}, and this is {VERSION}")
    for service, account, region, backend in found:
        dict.__setitem__(get_backend(service)[account], region, backend)
        if service == "s3":  # moto finds a bucket's account in a table beside the backends
            for name in backend.buckets:
                accounts: Moto = get_backend("s3")
                accounts.bucket_accounts[name] = (region, account)
    return True


def _write_file(path: Path, body: bytes) -> None:
    scratch = path.with_name(f".{path.name}.new")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(body)
        handle.flush()
        os.fsync(handle.fileno())
    scratch.replace(path)
