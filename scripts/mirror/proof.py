"""The proof that hosts can use a repository: apt reads it, believes it, and resolves everything from it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from provision.errors import TerminalError

from mirror.debian import SUITE
from mirror.package import Package
from mirror.private_apt import PrivateApt
from mirror.release import COMPONENT, INRELEASE, read_release
from mirror.resolve import resolve_one
from mirror.store import ARCHIVE_KEY, Store
from mirror.wanted import IMAGE


def prove(store: Store, requests: Mapping[str, Iterable[str]], architecture: str) -> None:
    """Raises what apt says when a host could not take the lists, or not install what its roles ask for.

    Asked are a bare Debian and, for each role, a host that has the machine image's packages.
    """
    with tempfile.TemporaryDirectory(prefix="apt-proof-") as name:
        folder = Path(name)
        read_back(store, folder / "repository")
        bare = _apt_of(folder / "bare", folder / "repository", architecture)
        bare.update()
        for asker, names in requests.items():
            resolve_one(bare, f"a bare Debian for {asker}", names)
        if IMAGE in requests:
            status = status_of(bare.describe(bare.resolve(requests[IMAGE])))
            full = _apt_of(folder / "full", folder / "repository", architecture, status)
            full.update()
            for asker, names in requests.items():
                resolve_one(full, f"a host from the machine image for {asker}", names)


def read_back(store: Store, folder: Path) -> None:
    """What apt reads before it installs anything is in the folder, as the place hands it out."""
    for path in (ARCHIVE_KEY, INRELEASE):
        content = store.read(path)
        if content is None:
            raise TerminalError(f"{store.place}/{path} must be there: run this without --check.")
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.body)
    index_path = read_release((folder / INRELEASE).read_text()).by_hash_path
    content = store.read(index_path)
    target = folder / index_path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content.body if content else b"")


def status_of(packages: Iterable[Package]) -> str:
    """dpkg's status of a machine on which these are installed."""
    return "".join(
        package.stanza.replace("\n", "\nStatus: install ok installed\n", 1) + "\n\n" for package in packages
    )


def _apt_of(root: Path, repository: Path, architecture: str, status: str = "") -> PrivateApt:
    sources = (
        f"Types: deb\nURIs: file:{repository}\nSuites: {SUITE}\nComponents: {COMPONENT}\n"
        f"Signed-By: {repository / ARCHIVE_KEY}\n"
    )
    root.mkdir(parents=True)
    return PrivateApt(root, architecture, sources, status)
