"""The certificate says what was done and until when backups remember; it names nobody."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from erase_visitor import chosen, rendered_browsers, retention
from erasure.certificate import Certificate, Retention
from erasure.person import Browser, Person
from erasure.register import Erasure
from etl.errors import TerminalError

from tests.scripts.erasure.arguments import arguments

AT = datetime(2026, 11, 23, 7, tzinfo=UTC)
KEPT = Retention(full_backups_kept=4, backups_old_versions_days=90, athena_results_days=7)


def certificate(completed_at: datetime | None = AT) -> Certificate:
    hashes = Person(("anna",), ("her phone",)).id_hashes(b"key")
    removed = {"warehouse.fact_events": 3}
    done = Erasure(5, hashes, "operator", AT, completed_at, removed, 2, 4, 2, [AT])
    return Certificate(done, KEPT, {"events/x": "not gzip"})


def test_certificate_names_nobody_and_says_what_was_done() -> None:
    document = json.loads(certificate().as_json())
    assert document["raw"]["lines_erased_count"] == 4
    assert document["warehouse_rows_removed"] == {"warehouse.fact_events": 3}
    assert document["processed_files_rewritten"] == ["events/dt=2026-11-23/hr=07/events.parquet"]
    for text in (certificate().as_json(), certificate().rendered()):
        assert "anna" not in text
        assert "phone" not in text
        assert "events/x" in text
        assert "2027-03-23" in text


def test_erasure_that_is_not_complete_has_no_certificate() -> None:
    with pytest.raises(ValueError, match="run the same command again"):
        certificate(None).as_json()


def newest_backup_gone(erased_at: datetime) -> date:
    """Walk through the Sundays: the full backup before it goes with the fourth newer one, 90 days later."""
    full = erased_at.replace(hour=1, minute=30)
    while full > erased_at or full.weekday() != 6:
        full -= timedelta(days=1)
    removed = full + 4 * timedelta(days=7)
    return (removed + timedelta(days=90 + 1)).date()  # S3 acts at the midnight after


@pytest.mark.parametrize("days", range(8))
def test_backups_are_gone_on_the_day_that_is_said(days: int) -> None:
    erased_at = AT + timedelta(days=days)
    said = KEPT.backups_expire_on(erased_at)
    assert newest_backup_gone(erased_at) <= said <= newest_backup_gone(erased_at) + timedelta(days=8)


def test_retention_is_that_of_the_files_that_set_it() -> None:
    assert retention(Path("inventory/group_vars/all/platform.yml")) == KEPT


PHONE, TABLET = Browser("phone", 3, 2, 0), Browser("tablet", 1, 9, 1)


def test_browsers_of_an_account_are_erased_only_when_that_is_said() -> None:
    with pytest.raises(TerminalError, match="--with-browsers"):
        chosen(arguments(user=["anna"]), [PHONE])
    assert chosen(arguments(user=["anna"], with_browsers=False), [PHONE]).browsers == ()
    assert chosen(arguments(user=["anna"], with_browsers=True), [PHONE]).browsers == ("phone",)


def test_shared_browser_is_erased_only_when_it_is_named() -> None:
    along = chosen(arguments(user=["anna"], with_browsers=True), [PHONE, TABLET])
    assert along.browsers == ("phone",)
    named = chosen(arguments(user=["anna"], browser=["tablet"], with_browsers=True), [PHONE, TABLET])
    assert named.browsers == ("tablet", "phone")
    assert "1 other accounts: not taken along" in rendered_browsers([PHONE, TABLET])


def test_browser_without_an_account_needs_no_answer() -> None:
    assert chosen(arguments(browser=["phone", "phone"]), []) == Person((), ("phone",))
