"""The repository in its place: read what is there, and bring it to what is wanted in one step.

Whoever reads meanwhile sees the old repository or the new one: packages and the index lie under names that
never change their content, the signed InRelease is replaced after them, and what it replaced stays a while.
"""

from __future__ import annotations

import lzma
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from provision.errors import TransientError

from mirror.package import Package, packages_in
from mirror.plan import (
    RELEASE,
    SUPERSEDED,
    Plan,
    Published,
    is_there,
    read_superseded,
    superseded_text,
)
from mirror.release import DISTS, INRELEASE, Index, Release, read_release, sha256_of
from mirror.signing import KeyRing
from mirror.store import Content, Store

_UPLOADS_AT_ONCE = 8


def read_published(store: Store, ring: KeyRing) -> tuple[Published, Content | None]:
    """What is published, and InRelease as it was read; what the ring's key did not sign does not count."""
    listing = store.listing()
    signed = store.read(INRELEASE) if INRELEASE in listing else None
    release = _verified(signed, ring)
    superseded = _read_superseded(store) if SUPERSEDED in listing else {}
    indexes = {path: _read_index(store, path) for path in superseded if path in listing}
    packages = _read_index(store, release.by_hash_path) if release else []
    if release is None or not packages:
        return Published(listing, None, [], superseded, _listed(indexes)), signed
    indexes[release.by_hash_path] = packages
    return Published(listing, release, packages, superseded, _listed(indexes)), signed


def _verified(signed: Content | None, ring: KeyRing) -> Release | None:
    text = ring.verified(signed.body) if signed else None
    try:
        return read_release(text) if text else None
    except ValueError:
        return None


def _read_superseded(store: Store) -> dict[str, datetime]:
    content = store.read(SUPERSEDED)
    try:
        return read_superseded(content.body.decode()) if content else {}
    except (ValueError, TypeError):
        return {}


def _read_index(store: Store, path: str) -> list[Package]:
    """The packages of an index; none where it is not there, or not what its name says."""
    content = store.read(path)
    if content is None or sha256_of(content.body) != path.rpartition("/")[2]:
        return []
    return packages_in(lzma.decompress(content.body).decode())


def _listed(indexes: Mapping[str, list[Package]]) -> dict[str, frozenset[str]]:
    return {path: frozenset(package.path for package in packages) for path, packages in indexes.items()}


def upload_packages(
    store: Store, plan: Plan, file_of: Callable[[Package], Path], progress: Callable[[int], None]
) -> None:
    """Every package of the plan lies in its place."""

    def upload(package: Package) -> None:
        store.write(package.path, file_of(package), package.sha256)
        progress(package.size_bytes)

    with ThreadPoolExecutor(_UPLOADS_AT_ONCE) as pool:
        waiting = [pool.submit(upload, package) for package in plan.uploads]
        try:
            for done in waiting:
                done.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def release_files(plan: Plan, index: Index, text: str) -> dict[str, bytes]:
    """What goes up between the packages and the signed InRelease, which alone puts it in force."""
    return {
        index.by_hash_path: index.compressed,
        f"{DISTS}/{index.folder}/Packages.xz": index.compressed,
        RELEASE: text.encode(),
        SUPERSEDED: superseded_text(plan.superseded).encode(),
    }


def switch_release(store: Store, files: Mapping[str, bytes], signed: bytes, before: Content | None) -> None:
    """The new Release file is in force, and until this very moment the old one was."""
    for path, body in files.items():
        store.write(path, body, sha256_of(body))
    store.switch(INRELEASE, signed, before)


def check_published(store: Store, wanted: list[Package], files: Mapping[str, bytes]) -> None:
    """Raises a `TransientError` when the place does not hand out what was meant to be there.

    Files are read back and compared, packages by the size and hash that the place gives them.
    """
    listing = store.listing()
    different = [package.path for package in wanted if not is_there(listing, package)]
    for path, body in files.items():
        found = store.read(path)
        if found is None or found.body != body:
            different.append(path)
    if different:
        raise TransientError(
            f"{store.place} must hold what was published, but {len(different)} objects are missing or "
            f"different, such as {different[0]}: was another run at work? Run this again."
        )
