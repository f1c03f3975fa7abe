from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from mirror.package import Package
from mirror.plan import SUPERSEDED, Patience, Published, make_plan, read_superseded, superseded_text
from mirror.release import INRELEASE, index_of, read_release, release_text
from mirror.store import ARCHIVE_KEY, Stored

from tests.scripts.mirror.stanzas import package

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=30)
PATIENCE = Patience(valid_days=14)
OLD, NEW = package("bash", "1.0-1"), package("bash", "1.0-2", digit="b")


def stored(found: Package, at: datetime = LONG_AGO) -> Stored:
    return Stored(found.size_bytes, found.md5, at)


def published(
    packages: list[Package],
    made_at: datetime = NOW,
    others: Mapping[str, Stored] | None = None,
    superseded: Mapping[str, datetime] | None = None,
) -> Published:
    """A repository that holds just these, and other things beside them."""
    index = index_of(packages, "arm64")
    release = read_release(release_text(index, made_at, PATIENCE.valid_days))
    lists = {
        path: Stored(1, "0" * 32, LONG_AGO) for path in (index.by_hash_path, index.plain_path, INRELEASE)
    }
    pool = {found.path: stored(found) for found in packages}
    listed = {index.by_hash_path: frozenset(pool)}
    return Published({**pool, **lists, **(others or {})}, release, packages, superseded or {}, listed)


def test_nothing_is_done_where_everything_is_as_wanted() -> None:
    assert make_plan(published([OLD]), [OLD], index_of([OLD], "arm64"), NOW, PATIENCE).is_empty


def test_an_empty_place_gets_everything() -> None:
    plan = make_plan(Published({}), [OLD], index_of([OLD], "arm64"), NOW, PATIENCE)
    assert plan.uploads == [OLD]
    assert plan.is_signed_anew
    assert plan.removals == []


def test_what_is_superseded_is_remembered_and_kept() -> None:
    before = published([OLD])
    plan = make_plan(before, [NEW], index_of([NEW], "arm64"), NOW, PATIENCE)
    assert plan.uploads == [NEW]
    assert plan.superseded == {index_of([OLD], "arm64").by_hash_path: NOW}
    assert plan.removals == []


@pytest.mark.parametrize(("hours", "is_gone"), [(71, False), (72, True)])
def test_what_was_superseded_goes_after_three_days(hours: int, is_gone: bool) -> None:
    old_index = index_of([OLD], "arm64").by_hash_path
    before = published(
        [NEW],
        others={OLD.path: stored(OLD), old_index: Stored(1, "", LONG_AGO)},
        superseded={old_index: NOW - timedelta(hours=hours)},
    )
    listed = {**before.listed, old_index: frozenset({OLD.path})}
    plan = make_plan(replace(before, listed=listed), [NEW], index_of([NEW], "arm64"), NOW, PATIENCE)
    assert plan.removals == (sorted([OLD.path, old_index]) if is_gone else [])


def test_a_superseded_list_that_is_wanted_again_is_in_force_again() -> None:
    old_index = index_of([OLD], "arm64").by_hash_path
    before = published([NEW], others={old_index: Stored(1, "", LONG_AGO)}, superseded={old_index: LONG_AGO})
    plan = make_plan(before, [OLD], index_of([OLD], "arm64"), NOW, PATIENCE)
    assert old_index not in plan.superseded
    assert old_index not in plan.removals


@pytest.mark.parametrize(("hours", "is_gone"), [(23, False), (24, True)])
def test_what_a_killed_run_left_goes_after_a_day(hours: int, is_gone: bool) -> None:
    left = {"pool/main/x/x_1_arm64.deb": Stored(1, "", NOW - timedelta(hours=hours))}
    plan = make_plan(published([OLD], others=left), [OLD], index_of([OLD], "arm64"), NOW, PATIENCE)
    assert plan.removals == (list(left) if is_gone else [])


def test_the_key_the_record_and_strangers_are_never_removed() -> None:
    strangers = {path: Stored(1, "", LONG_AGO) for path in (ARCHIVE_KEY, SUPERSEDED, "agent/agent.deb")}
    plan = make_plan(published([OLD], others=strangers), [OLD], index_of([OLD], "arm64"), NOW, PATIENCE)
    assert plan.removals == []


def test_a_package_with_other_bytes_is_uploaded_again() -> None:
    for wrong in (Stored(1234, "f" * 32, NOW), Stored(1, "a" * 32, NOW)):
        before = published([OLD], others={OLD.path: wrong})
        assert make_plan(before, [OLD], index_of([OLD], "arm64"), NOW, PATIENCE).uploads == [OLD]


@pytest.mark.parametrize(("days", "is_signed_anew"), [(6, False), (7, False), (8, True), (20, True)])
def test_lists_are_signed_again_in_the_second_half_of_their_validity(days: int, is_signed_anew: bool) -> None:
    before = published([OLD], made_at=NOW - timedelta(days=days))
    plan = make_plan(before, [OLD], index_of([OLD], "arm64"), NOW, PATIENCE)
    assert plan.is_signed_anew == is_signed_anew
    assert plan.superseded == {}


def test_another_architecture_replaces_the_lists() -> None:
    plan = make_plan(published([OLD]), [OLD], index_of([OLD], "amd64"), NOW, PATIENCE)
    assert plan.is_signed_anew


def test_the_record_of_superseded_lists_is_read_as_it_was_written() -> None:
    record = {"dists/trixie/main/binary-arm64/by-hash/SHA256/aa": NOW}
    assert read_superseded(superseded_text(record)) == record
