"""The inventory asks EC2 for the hosts of one environment, and gives each what its roles need."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from provision import engine
from provision.aws import Account, Aws
from provision.function_zip import FunctionZip
from provision.resources import Host
from provision.settings import Settings
from provision.stack import build_stack

ROOT = Path(__file__).resolve().parents[2]


def inventory(*options: str) -> dict[str, Any]:
    """What Ansible makes of it."""
    command = Path(sys.executable).with_name("ansible-inventory")
    done = subprocess.run(
        [command, "--list", *options],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    # what came from AWS is marked as no template of ours
    plain = json.JSONDecoder(object_hook=lambda found: found.get("__ansible_unsafe", found))
    return dict(plain.decode(done.stdout))


def members(found: dict[str, Any], group: str) -> set[str]:
    own = set(found.get(group, {}).get("hosts", ()))
    return own.union(*(members(found, child) for child in found.get(group, {}).get("children", ())))


@pytest.fixture
def staging(tmp_path: Path) -> Path:
    text = (ROOT / "inventory/group_vars/all/platform.yml").read_text()
    path = tmp_path / "staging.yml"
    path.write_text(re.sub(r"(?m)^platform_environment: \S+", "platform_environment: staging", text))
    return path


def test_hosts_are_those_of_one_environment_in_groups_by_role(
    settings: Settings, account: Account, small_zips: dict[str, FunctionZip], aws: Aws, staging: Path
) -> None:
    for environment in ("production", "staging"):
        stack = build_stack(replace(settings, environment=environment), account, small_zips)
        engine.apply(stack, aws, lambda _line: None)
    for options, environment in (((), "production"), (("-e", f"settings_file={staging}"), "staging")):
        found = inventory(*options)
        names = {role: f"cloudworks-{environment}-{role}" for role in ("oltp", "warehouse", "dashboards")}
        assert {role: members(found, role) for role in names} == {role: {one} for role, one in names.items()}
        assert members(found, "platform_hosts") == set(names.values())
        assert members(found, "databases") == {names["oltp"], names["warehouse"]}
    # of the settings' own environment, what roles are told of each host
    stack = build_stack(settings, account, small_zips)
    for part in stack:
        part.read(aws)
    for role, host in {part.role_tag: part for part in stack if isinstance(part, Host)}.items():
        told = inventory()["_meta"]["hostvars"][f"cloudworks-production-{role}"]
        assert told["ansible_host"] == host.id
        assert told["host_address"] == host.private_address
        assert told["host_account_id"] == account.id
        volume = host.data_volume
        assert told["host_data_volume_id"] == (volume.id if volume is not None else "")


def test_an_estate_that_cannot_be_asked_is_an_error(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert endpoint
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    command = Path(sys.executable).with_name("ansible-inventory")
    done = subprocess.run(
        [command, "--list"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode != 0
    assert "Failed to describe instances" in done.stderr


def test_an_estate_without_hosts_has_none(endpoint: str) -> None:
    assert endpoint
    assert members(inventory(), "platform_hosts") == set()
