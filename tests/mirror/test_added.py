"""Packages that are not Debian's, such as Session Manager's agent."""

from dataclasses import replace
from pathlib import Path

import pytest
from mirror.added import read_package
from mirror.run import Mirror, publish
from mirror.store import DirectoryStore
from provision.errors import TerminalError

from tests.mirror.conftest import Clock, mirror_to
from tests.mirror.host import make_host
from tests.mirror.upstream import ARCHITECTURE, Upstream, build, control

AGENT = "session-agent"


@pytest.fixture
def mirror(upstream: Upstream, tmp_path: Path, clock: Clock) -> Mirror:
    return mirror_to(DirectoryStore(tmp_path / "published"), upstream, tmp_path, clock)


def made(folder: Path, version: str, **fields: str) -> Path:
    file = folder / f"agent-{version}.deb"
    build(file, control(AGENT, version, **fields), folder / "building")
    return file


def candidate(mirror: Mirror, folder: Path) -> str:
    """What a host would install, with a right hash."""
    host = make_host(folder, mirror.store)
    assert host.update().code == 0
    version = host.candidate(AGENT)
    assert not version or host.download(AGENT).code == 0
    return version


def test_an_added_package_stays_until_a_newer_one_is_added_or_it_is_dropped(
    mirror: Mirror, tmp_path: Path
) -> None:
    publish(replace(mirror, added=(made(tmp_path, "3.3.40.0", Depends="core"),)))
    assert candidate(mirror, tmp_path / "first") == "3.3.40.0"
    assert publish(mirror).plan.is_empty

    done = publish(replace(mirror, added=(made(tmp_path, "3.3.50.0"),)))
    assert done.changes.lines == [f"~ {AGENT} 3.3.40.0 → 3.3.50.0"]
    assert candidate(mirror, tmp_path / "second") == "3.3.50.0"

    done = publish(replace(mirror, dropped=frozenset({AGENT})))
    assert done.changes.lines == [f"- {AGENT} 3.3.50.0"]
    assert candidate(mirror, tmp_path / "third") == ""


def test_an_added_package_never_stands_in_for_one_of_debians(mirror: Mirror, tmp_path: Path) -> None:
    file = tmp_path / "core.deb"
    build(file, control("core", "99"), tmp_path / "building")
    done = publish(replace(mirror, added=(file,)))
    assert [package.version for package in done.wanted if package.name == "core"] == ["1.0-1"]


def test_an_added_package_that_got_lost_is_asked_for_again(mirror: Mirror, tmp_path: Path) -> None:
    file = made(tmp_path, "3.3.40.0")
    done = publish(replace(mirror, added=(file,)))
    (added,) = [package for package in done.wanted if package.name == AGENT]
    mirror.store.remove([added.path])
    mirror.cache.file_of(added).unlink()
    with pytest.raises(TerminalError, match="give the file with --add"):
        publish(mirror)
    publish(replace(mirror, added=(file,)))
    assert added.path in mirror.store.listing()


def test_a_file_that_hosts_can_not_install_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.deb"
    text = control(AGENT, "1").replace(f"Architecture: {ARCHITECTURE}", "Architecture: amd64")
    build(other, text, tmp_path / "building")
    with pytest.raises(TerminalError, match="must be a Debian package for arm64: it is for amd64"):
        read_package(other, ARCHITECTURE)
    broken = tmp_path / "broken.deb"
    broken.write_bytes(b"an error page")
    with pytest.raises(TerminalError, match="must be a Debian package for arm64"):
        read_package(broken, ARCHITECTURE)
