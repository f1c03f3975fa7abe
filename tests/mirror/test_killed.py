"""A run that dies at any of its writes: hosts notice nothing, and the next run completes it."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from mirror.run import Mirror, publish
from mirror.store import Content, DirectoryStore, Store, Stored

from tests.mirror.conftest import Clock, mirror_to
from tests.mirror.host import Host, make_host
from tests.mirror.upstream import Upstream


class Killed(BaseException):
    """Nobody catches it."""


@dataclass
class DyingStore:
    """A place whose writer dies before its n-th write from now on, and at every later one."""

    behind: Store
    writes_left: int
    lock: Lock

    @property
    def place(self) -> str:
        return self.behind.place

    def listing(self) -> dict[str, Stored]:
        return self.behind.listing()

    def read(self, path: str) -> Content | None:
        return self.behind.read(path)

    def write(self, path: str, source: bytes | Path, sha256: str) -> None:
        self._count()
        self.behind.write(path, source, sha256)

    def switch(self, path: str, body: bytes, before: Content | None) -> None:
        self._count()
        self.behind.switch(path, body, before)

    def remove(self, paths: Iterable[str]) -> None:
        for path in paths:
            self._count()
            self.behind.remove([path])

    def read_secret(self) -> bytes | None:
        return self.behind.read_secret()

    def keep_secret(self, secret: bytes, *, is_replaced: bool) -> bytes:
        self._count()
        return self.behind.keep_secret(secret, is_replaced=is_replaced)

    def _count(self) -> None:
        with self.lock:
            self.writes_left -= 1
            if self.writes_left < 0:
                raise Killed


def is_killed(mirror: Mirror, writes: int) -> bool:
    """Whether a run that may write so often dies of it."""
    try:
        publish(replace(mirror, store=DyingStore(mirror.store, writes, Lock())))
    except Killed:
        return True
    return False


def assert_usable(host: Host, mirror: Mirror, version: str) -> None:
    """The host reads the lists, and gets everything that they name."""
    host.copy(mirror.store)
    assert host.update().code == 0
    assert host.candidate("database") == version
    answer = host.download("database", "better-clock", "~prequired")
    assert answer.code == 0, answer.text


def test_a_first_run_killed_at_each_of_its_writes_is_completed(mirror: Mirror, tmp_path: Path) -> None:
    writes = 0
    while is_killed(mirror, writes):
        writes += 1
    # each run begins where the last one died: the key's two halves, then more and more packages
    assert writes > 4
    assert publish(mirror).plan.is_empty
    assert_usable(make_host(tmp_path / "host", mirror.store), mirror, "1.0-1")


def test_an_update_killed_at_each_of_its_writes_breaks_no_host(
    upstream: Upstream, clock: Clock, tmp_path: Path
) -> None:
    published = tmp_path / "published"
    mirror = mirror_to(DirectoryStore(published), upstream, tmp_path, clock)
    publish(mirror)
    shutil.copytree(published, tmp_path / "before")
    upstream.drop("database")
    upstream.add("database", "2.0-1", Depends="core, newcomer")
    upstream.add("newcomer")
    upstream.write()

    for writes in range(8):  # two packages, four files, InRelease; then the run ends well
        host = make_host(tmp_path / f"host-{writes}", mirror.store)
        assert host.update().code == 0
        assert is_killed(mirror, writes) == (writes < 7)
        host.copy(mirror.store)
        assert host.download("database").code == 0  # by the lists that it has read before
        assert_usable(host, mirror, "1.0-1" if writes < 7 else "2.0-1")
        if writes in {1, 6}:
            publish(mirror)
            assert_usable(host, mirror, "2.0-1")
        shutil.rmtree(published)
        shutil.copytree(tmp_path / "before", published)
