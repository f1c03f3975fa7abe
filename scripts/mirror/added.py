"""Packages that are not Debian's, added as files: each stays until a newer one is, or it is dropped."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Collection, Iterable
from pathlib import Path

from provision.errors import TerminalError

from mirror.package import Package, fields_of, package_of

FOLDER = "pool/added"
_ASK_SECONDS = 60
_OURS = {"Filename", "Size", "MD5sum", "SHA256"}


def read_package(file: Path, architecture: str) -> Package:
    """The package in a file, as our index will describe it; a `TerminalError` when hosts can't install it."""
    done = subprocess.run(
        ["dpkg-deb", "--field", str(file)], capture_output=True, text=True, timeout=_ASK_SECONDS, check=False
    )
    fields = fields_of(done.stdout)
    if done.returncode != 0 or fields.get("Architecture") not in {architecture, "all"}:
        what = done.stderr.strip() or f"it is for {fields.get('Architecture')}"
        raise TerminalError(f"{file} must be a Debian package for {architecture}: {what}")
    return package_of(described(done.stdout, file.read_bytes()))


def described(control: str, content: bytes) -> str:
    """A package's own description, and where it lies here: a name that no other content ever gets."""
    fields = fields_of(control)
    claimed = sorted(_OURS & fields.keys())
    if claimed:
        raise TerminalError(f"A package must not say of itself what an index says: {', '.join(claimed)}.")
    sha256 = hashlib.sha256(content).hexdigest()
    version = fields.get("Version", "").replace(":", "%3a")
    name = f"{fields.get('Package')}_{version}_{fields.get('Architecture')}_{sha256[:12]}.deb"
    lines = [
        control.rstrip("\n"),
        f"Filename: {FOLDER}/{name}",
        f"Size: {len(content)}",
        f"MD5sum: {hashlib.md5(content, usedforsecurity=False).hexdigest()}",
        f"SHA256: {sha256}",
    ]
    return "\n".join(lines)


def with_added(
    debian: Iterable[Package],
    published: Iterable[Package],
    added: Iterable[Package],
    dropped: Collection[str],
) -> list[Package]:
    """Debian's packages, and those that were added now or by a run before; Debian's own win."""
    wanted = {package.key: package for package in debian}
    before = (package for package in published if package.path.startswith(f"{FOLDER}/"))
    kept = {package.key: package for package in (*before, *added) if package.name not in dropped}
    return [*wanted.values(), *(package for key, package in kept.items() if key not in wanted)]
