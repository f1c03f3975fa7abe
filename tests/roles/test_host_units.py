"""The module host_units decides from what systemd and files say, not from what a run of Ansible changed."""

import os
from pathlib import Path

import pytest

from plugins.modules.host_units import unit_of, verbs_of

BOOTED_AT = 1_000_000.0
RUNS = {
    "ActiveState": "active",
    "UnitFileState": "enabled",
    "NeedDaemonReload": "no",
    "ConditionResult": "yes",
    "ConditionTimestampMonotonic": "50000000",  # 50 s after the boot
    "StateChangeTimestampMonotonic": "90000000",
}


def verbs(
    tmp_path: Path, shown: dict[str, str] | None = None, written_after: float = 0.0, action: str = "restart"
) -> list[str]:
    """What is to be done with a unit whose file was written so many seconds after the boot."""
    file = tmp_path / "its.conf"
    file.touch()
    os.utime(file, (0, BOOTED_AT + written_after))
    return verbs_of(unit_of({**RUNS, **(shown or {})}, [str(file)], action, BOOTED_AT), action)


def test_a_unit_that_runs_with_its_files_is_left_alone(tmp_path: Path) -> None:
    assert verbs(tmp_path) == []


def test_a_file_written_since_it_began_is_read_though_no_handler_was_told(tmp_path: Path) -> None:
    assert verbs(tmp_path, written_after=60) == ["restart"]


def test_a_reload_counts_where_the_unit_reloads_and_not_where_it_restarts(tmp_path: Path) -> None:
    assert verbs(tmp_path, written_after=60, action="reload") == []
    assert verbs(tmp_path, written_after=95, action="reload") == ["reload"]


def test_a_changed_unit_file_is_a_change_of_the_unit(tmp_path: Path) -> None:
    assert verbs(tmp_path, {"NeedDaemonReload": "yes"}) == ["restart"]
    drop_in = tmp_path / "drop-in.conf"
    drop_in.touch()
    assert verbs(tmp_path, {"DropInPaths": str(drop_in)}) == ["restart"]


@pytest.mark.parametrize("state", ["inactive", "failed"])
def test_what_does_not_run_is_started(tmp_path: Path, state: str) -> None:
    assert verbs(tmp_path, {"ActiveState": state}) == ["start"]
    assert verbs(tmp_path, {"ActiveState": state}, written_after=95, action="reload") == ["restart"]


def test_what_is_not_there_yet_is_enabled_and_started(tmp_path: Path) -> None:
    new = {"ActiveState": "inactive", "UnitFileState": "disabled", "ConditionTimestampMonotonic": "0"}
    assert verbs(tmp_path, new) == ["enable", "start"]
    assert verbs(tmp_path, {**new, "UnitFileState": ""}) == ["start"]


def test_what_a_condition_keeps_from_running_is_tried_again_only_with_new_files(tmp_path: Path) -> None:
    kept = {"ActiveState": "inactive", "ConditionResult": "no"}
    assert verbs(tmp_path, kept) == []
    assert verbs(tmp_path, kept, written_after=60) == ["restart"]
