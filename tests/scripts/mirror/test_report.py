from datetime import UTC, datetime, timedelta

from mirror.plan import Patience
from mirror.release import Release
from mirror.report import difference, shown, validity

from tests.scripts.mirror.stanzas import package

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PATIENCE = Patience(valid_days=14)


def release(days_left: float) -> Release:
    return Release("arm64", NOW, NOW + timedelta(days=days_left), "", "")


def test_security_updates_come_first() -> None:
    before = [package("bash"), package("curl"), package("gone")]
    after = [package("bash", "1.0-2"), package("curl", "1.0-1+deb13u1"), package("here")]
    found = difference(before, after, frozenset({("curl", "arm64"), ("here", "arm64")}))
    assert found.lines == [
        "~ curl 1.0-1 → 1.0-1+deb13u1 (security)",
        "+ here 1.0-1",
        "- gone 1.0-1",
        "~ bash 1.0-1 → 1.0-2",
    ]
    assert found.summary == "2 newer (1 of them security updates), 1 added, 1 dropped"


def test_a_first_publication_lists_nothing() -> None:
    assert difference([], [package("bash")], frozenset()).lines == []


def test_a_long_list_is_cut_and_counted() -> None:
    text = shown([f"+ package-{number}" for number in range(50)])
    assert "package-39" in text
    assert "package-40" not in text
    assert "… and 10 more" in text


def test_the_end_of_the_validity_is_told_before_it_comes() -> None:
    assert validity(release(14), NOW, PATIENCE) == "valid until 2026-12-07 12:00 UTC, 14 days from now"
    assert "SOON OVER" not in validity(release(7), NOW, PATIENCE)
    assert "SOON OVER: publish again" in validity(release(6.9), NOW, PATIENCE)
    assert validity(release(0), NOW, PATIENCE).startswith("EXPIRED")
    assert "nothing that hosts could use" in validity(None, NOW, PATIENCE)
