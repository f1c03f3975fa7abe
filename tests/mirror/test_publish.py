"""A repository that is published, used by a host's apt, and published again."""

from datetime import timedelta
from pathlib import Path

import pytest
from mirror.plan import SUPERSEDED
from mirror.release import INRELEASE
from mirror.run import Mirror, check, publish
from provision.errors import TerminalError, TransientError

from tests.mirror.conftest import Clock
from tests.mirror.host import make_host
from tests.mirror.upstream import Upstream

EVERYTHING = ("database", "better-clock", "~prequired")


def newer_database(upstream: Upstream) -> None:
    upstream.add("database", "1.0-1+deb13u1", "trixie-security", Depends="core, libdatabase | otherdatabase")
    upstream.write()


def test_a_host_installs_what_was_published(mirror_anywhere: Mirror, tmp_path: Path) -> None:
    done = publish(mirror_anywhere)
    assert len(done.plan.uploads) == 8  # all but the unrelated one
    host = make_host(tmp_path / "host", mirror_anywhere.store)
    assert host.update().code == 0
    answer = host.download(*EVERYTHING)
    assert answer.code == 0, answer.text


def test_a_second_run_writes_nothing(mirror_anywhere: Mirror) -> None:
    publish(mirror_anywhere)
    before = mirror_anywhere.store.listing()
    done = publish(mirror_anywhere)
    assert done.plan.is_empty
    assert check(mirror_anywhere).plan.is_empty
    assert mirror_anywhere.store.listing() == before


def test_a_security_update_is_announced_then_brought_to_the_host(
    mirror: Mirror, upstream: Upstream, tmp_path: Path
) -> None:
    publish(mirror)
    host = make_host(tmp_path / "host", mirror.store)
    newer_database(upstream)

    found = check(mirror)
    assert found.changes.lines == ["~ database 1.0-1 → 1.0-1+deb13u1 (security)"]
    assert found.changes.security_count == 1
    assert not found.plan.is_empty

    done = publish(mirror)
    assert [package.name for package in done.plan.uploads] == ["database"]
    host.copy(mirror.store)
    assert host.update().code == 0
    assert host.candidate("database") == "1.0-1+deb13u1"


def test_what_a_host_has_read_stays_for_three_days_and_then_goes(
    mirror: Mirror, upstream: Upstream, clock: Clock
) -> None:
    publish(mirror)
    before = {path for path in mirror.store.listing() if path.startswith("pool/") or "by-hash" in path}
    upstream.drop("database")
    newer_database(upstream)
    publish(mirror)
    assert before < set(mirror.store.listing())

    clock.at = clock() + timedelta(days=2, hours=23)
    assert publish(mirror).plan.is_empty
    clock.at += timedelta(hours=2)
    gone = set(publish(mirror).plan.removals)
    assert len(gone) == 2
    assert gone < before
    assert "pool/main/d/database/database_1.0-1_arm64.deb" in gone
    assert gone.isdisjoint(mirror.store.listing())
    assert publish(mirror).plan.is_empty


def test_a_package_that_no_role_asks_for_any_more_is_dropped(mirror: Mirror, tmp_path: Path) -> None:
    publish(mirror)
    mirror.requests["postgresql"].remove("database")
    done = publish(mirror)
    assert done.changes.lines == ["- database 1.0-1", "- libdatabase 1.0-1"]
    host = make_host(tmp_path / "host", mirror.store)
    assert host.update().code == 0
    assert host.candidate("database") == ""
    assert host.download("better-clock").code == 0


def test_the_lists_are_signed_again_when_half_of_their_validity_is_over(mirror: Mirror, clock: Clock) -> None:
    now = clock()
    clock.at = now - timedelta(days=8)
    first = publish(mirror)
    clock.at = now - timedelta(days=2)
    assert publish(mirror).plan.is_empty
    clock.at = now
    assert check(mirror).plan.is_signed_anew
    second = publish(mirror)
    assert second.plan.uploads == []
    assert first.release is not None
    assert second.release is not None
    assert second.release.valid_until - first.release.valid_until >= timedelta(days=8)
    assert second.release.by_hash_path == first.release.by_hash_path


def test_a_role_that_asks_for_an_unknown_package_is_named_before_anything_is_published(
    mirror: Mirror,
) -> None:
    mirror.requests["postgresql"].append("databse")
    with pytest.raises(TerminalError, match=r"(?s)What postgresql installs .* on arm64.*databse"):
        publish(mirror)
    assert mirror.store.listing() == {}


def test_of_two_that_publish_at_once_the_later_is_told_to_run_again(
    mirror_anywhere: Mirror, upstream: Upstream
) -> None:
    publish(mirror_anywhere)
    before = mirror_anywhere.store.read(INRELEASE)
    newer_database(upstream)
    publish(mirror_anywhere)
    now = mirror_anywhere.store.read(INRELEASE)
    with pytest.raises(TransientError, match="somebody else meanwhile"):
        mirror_anywhere.store.switch(INRELEASE, b"of the later one", before)
    with pytest.raises(TransientError, match="somebody else meanwhile"):
        mirror_anywhere.store.switch(INRELEASE, b"of one that saw nothing", None)
    assert mirror_anywhere.store.read(INRELEASE) == now


def test_only_what_the_repository_owns_is_ever_removed(mirror: Mirror, clock: Clock) -> None:
    publish(mirror)
    strangers = {"agent/amazon-ssm-agent.deb", "readme.txt"}
    for path in strangers:
        mirror.store.write(path, b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    clock.at = clock() + timedelta(days=5)
    assert publish(mirror).plan.removals == []
    assert strangers < set(mirror.store.listing())


def test_the_record_of_superseded_lists_may_get_lost(mirror: Mirror, upstream: Upstream) -> None:
    publish(mirror)
    newer_database(upstream)
    publish(mirror)
    mirror.store.write(SUPERSEDED, b"[]", "4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945")
    assert publish(mirror).plan.uploads == []
