"""Where the repository is published to: what a place must be able to do, and a folder that can."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from provision.errors import TransientError

ARCHIVE_KEY = "archive-key.asc"


@dataclass(frozen=True)
class Stored:
    """An object as the place lists it."""

    size_bytes: int
    md5: str  # in hexadecimal digits
    modified_at: datetime


@dataclass(frozen=True)
class Content:
    """An object that was read, and by what the place knows just this state of it."""

    body: bytes
    md5: str


class Store(Protocol):
    """A place for a repository; paths are below its root. Readers see each object whole or not at all."""

    @property
    def place(self) -> str:
        """How people call it."""

    def listing(self) -> dict[str, Stored]:
        """Everything that lies there."""

    def read(self, path: str) -> Content | None:
        """The object, None when there is none."""

    def write(self, path: str, source: bytes | Path, sha256: str) -> None:
        """The object is there; bytes that do not have the SHA-256 are refused."""

    def switch(self, path: str, body: bytes, before: Content | None) -> None:
        """The object is `body`; a `TransientError` when it was no longer what it was `before`."""

    def remove(self, paths: Iterable[str]) -> None:
        """The objects are gone."""

    def read_secret(self) -> bytes | None:
        """The signing key, which lies where readers of the repository can't come."""

    def keep_secret(self, secret: bytes, *, is_replaced: bool) -> bytes:
        """The signing key that is kept from now on: this one, or the one that somebody else kept first."""


@dataclass(frozen=True)
class DirectoryStore:
    """A folder: for a web server of one's own, and for tests. The signing key lies beside it."""

    root: Path

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.root)

    def listing(self) -> dict[str, Stored]:
        """Every file below the folder."""
        files = (path for path in self.root.rglob("*") if path.is_file() and path.suffix != ".part")
        return {str(path.relative_to(self.root)): _stored(path) for path in files}

    def read(self, path: str) -> Content | None:
        """The file's bytes."""
        try:
            body = (self.root / path).read_bytes()
        except FileNotFoundError:
            return None
        return Content(body, hashlib.md5(body, usedforsecurity=False).hexdigest())

    def write(self, path: str, source: bytes | Path, sha256: str) -> None:
        """The file is there whole; a second name of the source where the file system can give it one."""
        found = _sha256_of(source)
        if found != sha256:
            raise TransientError(f"{path} must have the SHA-256 {sha256}, it has {found}: not published.")
        target = self.root / path
        part = target.with_name(target.name + ".part")
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        if isinstance(source, bytes):
            part.write_bytes(source)
        else:
            _link_or_copy(source, part)
        part.replace(target)

    def switch(self, path: str, body: bytes, before: Content | None) -> None:
        """The file is replaced, if nobody else did so meanwhile."""
        if self.read(path) != before:
            raise TransientError(
                f"{self.place}/{path} was written by somebody else meanwhile. Run this again."
            )
        self.write(path, body, hashlib.sha256(body).hexdigest())

    def remove(self, paths: Iterable[str]) -> None:
        """The files are gone."""
        for path in paths:
            (self.root / path).unlink(missing_ok=True)

    def read_secret(self) -> bytes | None:
        """The key beside the folder."""
        return self._secret.read_bytes() if self._secret.exists() else None

    def keep_secret(self, secret: bytes, *, is_replaced: bool) -> bytes:
        """Written for its owner alone, whole or not at all."""
        self._secret.parent.mkdir(parents=True, exist_ok=True)
        part = self._secret.with_name(f"{self._secret.name}.{os.getpid()}")
        part.touch(mode=0o600)
        part.write_bytes(secret)
        try:
            if is_replaced:
                part.replace(self._secret)
            else:
                os.link(part, self._secret)  # refuses to replace a key that somebody else just made
        except FileExistsError:
            return self._secret.read_bytes()
        finally:
            part.unlink(missing_ok=True)
        return secret

    @property
    def _secret(self) -> Path:
        return self.root.with_name(f"{self.root.name}.signing-key.asc")


def _stored(path: Path) -> Stored:
    with path.open("rb") as file:
        md5 = hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    found = path.stat()
    return Stored(found.st_size, md5, datetime.fromtimestamp(found.st_mtime, UTC))


def _sha256_of(source: bytes | Path) -> str:
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one that has no second names
        shutil.copyfile(source, target)
