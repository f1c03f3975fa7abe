"""Playbooks are about one environment, and run what the docs say."""

from typing import Any

import pytest

from tests.repository import roles, tree

PLAYBOOKS = [path for path in tree.paths_ending(".yml") if path.startswith("playbooks/")]
SETTINGS = "{{ lookup('platform_settings', 'path') }}"


def plays(path: str) -> list[dict[str, Any]]:
    """The plays that the playbook itself holds."""
    return [play for play in roles.parsed(path) if "hosts" in play]


def test_there_are_playbooks() -> None:
    assert "playbooks/restore-database.yml" in PLAYBOOKS


@pytest.mark.parametrize("path", PLAYBOOKS)
def test_a_play_on_hosts_reads_the_settings_of_the_environment_that_was_named(path: str) -> None:
    """Without them the hosts are those of `-e settings_file=…`, and all else is production's."""
    on_hosts = [play for play in plays(path) if play["hosts"] != "localhost"]
    assert [play["name"] for play in on_hosts if play.get("vars_files") != [SETTINGS]] == []
