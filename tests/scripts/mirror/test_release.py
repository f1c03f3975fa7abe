from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from mirror.release import Index, index_of, read_release, release_text, sha256_of

from tests.scripts.mirror.stanzas import package

GOLDEN = Path(__file__).parent / "golden/Release"
MADE_AT = datetime(2026, 11, 23, 3, 9, 7, tzinfo=UTC)
INDEX = Index("arm64", b"the plain index", b"the compressed index")


def test_a_release_file_equals_its_golden_file() -> None:
    assert release_text(INDEX, MADE_AT, 14) == GOLDEN.read_text()


def test_a_release_file_is_read_as_it_was_written() -> None:
    found = read_release(release_text(INDEX, MADE_AT, 14))
    assert found.made_at == MADE_AT
    assert found.valid_until - found.made_at == timedelta(days=14)
    assert (found.architecture, found.plain_sha256) == ("arm64", sha256_of(INDEX.plain))
    assert found.by_hash_path == INDEX.by_hash_path


@pytest.mark.parametrize("lost", ["Date", "Valid-Until", "Architectures"])
def test_a_release_file_that_is_not_ours_is_not_read(lost: str) -> None:
    lines = [line for line in GOLDEN.read_text().splitlines() if not line.startswith(f"{lost}:")]
    with pytest.raises(ValueError, match=lost):
        read_release("\n".join(lines))


def test_the_same_packages_give_the_same_index() -> None:
    one, other = package("bash"), package("zstd")
    assert index_of([one, other], "arm64") == index_of([other, one], "arm64")
    assert index_of([one], "arm64").by_hash_path != index_of([one, other], "arm64").by_hash_path
