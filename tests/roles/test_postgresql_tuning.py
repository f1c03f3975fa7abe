"""The settings of the databases are those that pgtune itself gives, and two rules of our own.

`pgtune.json` is what pgtune's source computed (in node, at the commit that the filter names).
"""

import json
from pathlib import Path
from typing import Any

import pytest

from roles.postgresql.filter_plugins.postgresql_tuning import postgresql_tuning

GB = 1024**3
MACHINES = json.loads(Path(__file__).with_name("pgtune.json").read_text(encoding="utf-8"))
SHOP = {"memory_mb": 2048, "cpus": 2, "connections": 100, "profile": "oltp", "volume_bytes": 20 * GB}


def tuned(**changed: Any) -> dict[str, str]:
    return postgresql_tuning(**{**SHOP, **changed})


@pytest.mark.parametrize(
    "machine", MACHINES, ids=lambda machine: f"{machine['profile']}-{machine['memory_gb']}GB"
)
def test_a_machine_gets_the_settings_that_pgtune_gives_it(machine: dict[str, Any]) -> None:
    asked = {name: machine[name] for name in ("cpus", "connections", "profile", "database_size")}
    on_a_large_volume = tuned(**asked, memory_mb=machine["memory_gb"] * 1024, volume_bytes=500 * GB)
    assert on_a_large_volume == machine["settings"]


def test_the_machines_are_small_and_large_shops_and_warehouses() -> None:
    assert {machine["profile"] for machine in MACHINES} == {"oltp", "warehouse"}
    assert {2, 128} <= {machine["memory_gb"] for machine in MACHINES}
    assert len({machine["database_size"] for machine in MACHINES}) == 3


@pytest.mark.parametrize(
    ("volume_gb", "least", "most"),
    [(30, "3840MB", "7680MB"), (4, "512MB", "1024MB"), (80, "4096MB", "16384MB")],
)
def test_the_log_takes_at_most_a_quarter_of_the_volume(volume_gb: int, least: str, most: str) -> None:
    sizes = tuned(profile="warehouse", volume_bytes=volume_gb * GB)
    assert (sizes["min_wal_size"], sizes["max_wal_size"]) == (least, most)


def test_a_new_kernel_that_leaves_a_few_megabytes_less_changes_nothing() -> None:
    assert tuned(memory_mb=1911) == tuned(memory_mb=1893)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"memory_mb": 0}, "memory must be at least 1"),
        ({"cpus": 0}, "cpus must be at least 1"),
        ({"profile": "web"}, "profile must be one of .*'web'"),
        ({"database_size": "huge"}, "size must be one of .*'huge'"),
    ],
)
def test_a_wrong_number_or_profile_is_named(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        tuned(**wrong)
