"""What the host's own command makes of what pgBackRest and PostgreSQL say."""

import json

import pytest

from roles.postgresql.files.upkeep.drill import refuse_differences, unmoved
from roles.postgresql.files.upkeep.record import row_sql
from roles.postgresql.files.upkeep.repository import backups_of, to_moment, to_point
from roles.postgresql.files.upkeep.system import UpkeepError


def stanza(code: int, *labels: str) -> dict[str, object]:
    """As `pgbackrest info --output=json` lists it."""
    one = {
        "type": "full",
        "timestamp": {"stop": 1795403742},
        "info": {"size": 23380736, "repository": {"delta": 2827120}},
        "database": {"id": 1, "repo-key": 1},
    }
    words = "ok" if code == 0 else "role to retrieve temporary credentials not found"
    return {
        "status": {"code": code, "message": "other"},
        "repo": [{"status": {"code": code, "message": words}}],
        "db": [{"id": 1, "repo-key": 1, "system-id": 77}],
        "backup": [{**one, "label": label} for label in labels],
    }


def test_backups_are_listed_with_the_cluster_that_they_are_of() -> None:
    found = backups_of([stanza(0, "20261123-031541F")])
    assert [(one.label, one.system_id, one.size_bytes) for one in found] == [
        ("20261123-031541F", 77, 23380736)
    ]


@pytest.mark.parametrize("code", [1, 2])
def test_no_stanza_and_no_backup_are_no_error(code: int) -> None:
    assert backups_of([stanza(code)]) == []


def test_a_bucket_that_cannot_be_asked_is_an_error_and_not_an_empty_one() -> None:
    with pytest.raises(UpkeepError, match="temporary credentials"):
        backups_of([stanza(99)])


def test_only_tables_that_nobody_wrote_to_meanwhile_are_compared() -> None:
    assert unmoved({"a.t": 1, "a.u": 2, "a.gone": 3}, {"a.t": 1, "a.u": 5}) == {"a.t": 1}


def test_a_restored_table_with_other_rows_fails_the_drill() -> None:
    refuse_differences({"a.t": 1}, {"a.t": 1, "a.more": 2})
    with pytest.raises(UpkeepError, match=r"a\.t: 0 rows, and 1 .*a\.u: missing"):
        refuse_differences({"a.t": 1, "a.u": 2}, {"a.t": 0})


def test_a_quote_in_an_error_does_not_end_the_statement_that_records_it() -> None:
    record = {"kind": "drill", "started_at": "2026-11-23", "seconds": 1.5, "is_ok": False}
    detail = {"error": "can't"}
    assert json.dumps(detail).replace("'", "''") in row_sql({**record, "detail": detail})


def test_a_drill_restores_to_its_own_place_in_the_log_and_not_to_the_end() -> None:
    assert to_point("0/3000110") == [
        "--type=lsn",
        "--target=0/3000110",
        "--target-exclusive",
        "--target-action=promote",
    ]
    assert to_moment("latest") == ["--type=default"]
    assert "--target=2026-11-22 10:00:00+00" in to_moment("2026-11-22 10:00:00+00")
