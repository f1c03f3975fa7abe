"""One run, from Debian's lists to a repository that hosts use."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from provision.errors import TerminalError
from tqdm import tqdm

from mirror.added import read_package, with_added
from mirror.cache import Cache
from mirror.debian import Mirrors, sources_text
from mirror.package import Package
from mirror.plan import Patience, Plan, Published, make_plan
from mirror.private_apt import PrivateApt
from mirror.proof import prove
from mirror.publish import check_published, read_published, release_files, switch_release, upload_packages
from mirror.release import INRELEASE, Index, Release, index_of, read_release, release_text, sha256_of
from mirror.report import Difference, difference, megabytes
from mirror.resolve import Resolved, resolve
from mirror.signing import KeyRing, key_ring
from mirror.signing_key import open_public_key, open_signing_key
from mirror.store import ARCHIVE_KEY, Content, DirectoryStore, Store


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True)
class Mirror:
    """What is mirrored, from where to where."""

    store: Store
    mirrors: Mirrors
    keyring: Path
    architecture: str
    requests: dict[str, list[str]]
    patience: Patience
    cache: Cache
    pinned_sha256: str = ""
    added: tuple[Path, ...] = ()  # packages that are not Debian's
    dropped: frozenset[str] = frozenset()  # names of such packages that are no longer wanted
    say: Callable[[str], None] = _say
    now: Callable[[], datetime] = _now

    @property
    def apt(self) -> PrivateApt:
        """apt with Debian's lists, which stay in the cache for the next run."""
        sources = sources_text(self.mirrors, self.keyring)
        folder = self.cache.root / "apt" / f"{self.architecture}-{sha256_of(sources.encode())[:12]}"
        return PrivateApt(folder, self.architecture, sources)


@dataclass(frozen=True)
class Outcome:
    """What a run found, and what it did or would do."""

    wanted: list[Package]
    plan: Plan
    changes: Difference
    release: Release | None  # in force when the run ended
    key_sha256: str = ""

    @property
    def size_bytes(self) -> int:
        """Of all packages together."""
        return sum(package.size_bytes for package in self.wanted)

    @property
    def upload_bytes(self) -> int:
        """Of the packages that were not there."""
        return sum(package.size_bytes for package in self.plan.uploads)


@dataclass(frozen=True)
class Edition:
    """The lists as they go up: what was signed, and what it vouches for."""

    text: str
    signed: bytes
    files: dict[str, bytes]
    public_key: bytes

    @property
    def all_files(self) -> dict[str, bytes]:
        """All that apt and people read besides the packages."""
        return {**self.files, INRELEASE: self.signed, ARCHIVE_KEY: self.public_key}


def check(mirror: Mirror) -> Outcome:
    """What `publish` would do; reads only, and asks for no key."""
    resolved = _resolve(mirror)
    with key_ring() as ring:
        open_public_key(mirror.store, ring)
        published, _ = read_published(mirror.store, ring)
    wanted = _wanted(mirror, resolved, published)
    plan = _plan(mirror, wanted, published)[0]
    return Outcome(wanted, plan, difference(published.packages, wanted, resolved.security), published.release)


def publish(mirror: Mirror, *, is_new_key: bool = False) -> Outcome:
    """The place holds what hosts need, signed; who reads meanwhile sees the old or the new, no mixture."""
    resolved = _resolve(mirror)
    with key_ring() as ring:
        public = open_signing_key(mirror.store, ring, mirror.pinned_sha256, is_new=is_new_key)
        published, signed = read_published(mirror.store, ring)
        wanted = _wanted(mirror, resolved, published)
        plan, index = _plan(mirror, wanted, published)
        _upload(mirror, resolved, plan)
        release = published.release
        if plan.is_signed_anew:
            edition = _edition(mirror, plan, index, ring, public)
            _put_in_force(mirror, wanted, edition, signed)
            release = read_release(edition.text)
    mirror.store.remove(plan.removals)
    mirror.cache.forget_unused()
    changes = difference(published.packages, wanted, resolved.security)
    return Outcome(wanted, plan, changes, release, sha256_of(public))


def _resolve(mirror: Mirror) -> Resolved:
    mirror.say(f"reading Debian's lists for {mirror.architecture}")
    with mirror.cache.alone(mirror.say):
        mirror.apt.update()
        resolved = resolve(mirror.apt, mirror.requests, mirror.mirrors)
    mirror.say(f"hosts need {len(resolved.packages)} packages, {megabytes(resolved.size_bytes)}")
    return resolved


def _wanted(mirror: Mirror, resolved: Resolved, published: Published) -> list[Package]:
    """Debian's packages and the added ones, whose files are in the cache from now on."""
    added = []
    for file in mirror.added:
        added.append(read_package(file, mirror.architecture))
        mirror.cache.take_in(file, added[-1])
    return with_added(resolved.packages.values(), published.packages, added, mirror.dropped)


def _plan(mirror: Mirror, wanted: list[Package], published: Published) -> tuple[Plan, Index]:
    index = index_of(wanted, mirror.architecture)
    return make_plan(published, wanted, index, mirror.now(), mirror.patience), index


def _upload(mirror: Mirror, resolved: Resolved, plan: Plan) -> None:
    """The packages that the plan asks for are downloaded, unless they were before, and lie in their place."""
    if not plan.uploads:
        return
    paths = {package.path for package in plan.uploads}
    wanted = {found: package for found, package in resolved.packages.items() if package.path in paths}
    with mirror.cache.alone(mirror.say), _bar("downloading", plan.uploads) as progress:
        mirror.cache.fetch(wanted, mirror.apt, progress)
    lost = [package.name for package in plan.uploads if not mirror.cache.file_of(package).exists()]
    if lost:
        raise TerminalError(
            f"{', '.join(lost)} must be there to be published again: give the file with --add, or the name "
            "with --drop."
        )
    with _bar("publishing", plan.uploads) as progress:
        upload_packages(mirror.store, plan, mirror.cache.file_of, progress)


def _edition(mirror: Mirror, plan: Plan, index: Index, ring: KeyRing, public: bytes) -> Edition:
    text = release_text(index, mirror.now(), mirror.patience.valid_days)
    return Edition(text, ring.sign(text), release_files(plan, index, text), public)


def _put_in_force(mirror: Mirror, wanted: list[Package], edition: Edition, before: Content | None) -> None:
    """The new lists are proven with apt, then published, then read back."""
    mirror.say("asking apt whether it takes the new lists")
    with tempfile.TemporaryDirectory(prefix="apt-staged-") as folder:
        staged = DirectoryStore(Path(folder) / "repository")
        for path, body in edition.all_files.items():
            staged.write(path, body, sha256_of(body))
        prove(staged, mirror.requests, mirror.architecture)
    switch_release(mirror.store, edition.files, edition.signed, before)
    mirror.say("reading back what was published")
    check_published(mirror.store, wanted, edition.all_files)


@contextmanager
def _bar(what: str, packages: list[Package]) -> Iterator[Callable[[int], None]]:
    """A bar of bytes on standard error; the function that is given moves it."""
    total = sum(package.size_bytes for package in packages)
    with tqdm(desc=what, total=total, unit="B", unit_scale=True, file=sys.stderr, mininterval=1) as bar:

        def progress(size_bytes: int) -> None:
            bar.update(size_bytes)

        yield progress
