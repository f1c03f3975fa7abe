"""The user data of hosts, rendered and run: in a folder in place of /, with an HTTPS server for S3."""

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from provision.aws import Account
from provision.errors import TerminalError
from provision.settings import Settings
from provision.user_data import MOST_BYTES, first_boot_of, host_user_data, render

from tests.provision.first_boot_machine import (
    KEY,
    Machine,
    Store,
    agent_package,
    boot_from,
    new_machine,
    serving,
)

GOLDEN = Path(__file__).resolve().parents[1] / "golden/user_data/host.txt"
ACCOUNT = Account("123456789012", "eu-central-1", "pl-12345678")
ARTIFACTS = "cloudworks-production-artifacts-123456789012"
OURS = ["etc/apt/sources.list.d/cloudworks.sources"]
INSTALLED = ["dpkg --install amazon-ssm-agent.deb", "systemctl enable --now amazon-ssm-agent"]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return new_machine(tmp_path)


@pytest.fixture
def store(machine: Machine) -> Iterator[Store]:
    package = agent_package(machine.folder)
    with serving(
        Store({"/agent.deb": package, "/apt/archive-key.asc": KEY}), machine.certificate
    ) as serving_store:
        yield serving_store


def test_the_user_data_equals_its_golden_file_and_fits(settings: Settings) -> None:
    script = host_user_data(settings, ACCOUNT, ARTIFACTS)
    assert script == GOLDEN.read_text()
    assert len(script.encode()) <= MOST_BYTES
    assert script.startswith("#!/usr/bin/python3\n")


def test_user_data_imports_what_every_python_has(settings: Settings) -> None:
    tree = ast.parse(host_user_data(settings, ACCOUNT, ARTIFACTS))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    standard = {
        "dataclasses",
        "hashlib",
        "http",
        "os",
        "pathlib",
        "re",
        "subprocess",
        "sys",
        "time",
        "urllib",
    }
    assert imported == standard | {"__future__"}


def test_everything_comes_over_https_by_regional_names(settings: Settings) -> None:
    boot = first_boot_of(settings, ACCOUNT, ARTIFACTS)
    assert boot.apt_url == f"https://{ARTIFACTS}.s3.eu-central-1.amazonaws.com/apt"
    assert boot.apt_key_url == f"{boot.apt_url}/archive-key.asc"
    assert boot.agent_url == (
        "https://amazon-ssm-eu-central-1.s3.eu-central-1.amazonaws.com/latest/debian_arm64/amazon-ssm-agent.deb"
    )


def test_user_data_that_ec2_would_refuse_is_refused_first(settings: Settings) -> None:
    boot = first_boot_of(settings, ACCOUNT, ARTIFACTS)
    with pytest.raises(TerminalError, match="at most 16384 bytes"):
        render(replace(boot, apt_url="x" * MOST_BYTES))


def test_a_first_boot_ends_with_our_source_its_key_and_the_agent(machine: Machine, store: Store) -> None:
    booted = machine.boot(boot_from(store))
    assert booted.returncode == 0, booted.stdout + booted.stderr
    assert machine.sources() == OURS
    source = (machine.root / OURS[0]).read_text()
    assert f"URIs: {store.url}/apt\n" in source
    assert "Signed-By: /etc/apt/keyrings/cloudworks.asc\n" in source
    assert (machine.root / "etc/apt/keyrings/cloudworks.asc").read_bytes() == KEY
    assert machine.done == INSTALLED
    assert booted.stdout.endswith("first boot: done\n")


def test_the_same_script_again_changes_nothing(machine: Machine, store: Store) -> None:
    for _ in range(2):
        assert machine.boot(boot_from(store)).returncode == 0
    assert machine.done == [*INSTALLED, INSTALLED[1]]
    assert store.asked.count("/agent.deb") == 1
    assert machine.sources() == OURS


def test_what_has_the_wanted_sha256_is_used_and_nothing_else(machine: Machine, store: Store) -> None:
    right = [
        hashlib.sha256(store.objects[path]).hexdigest() for path in ("/apt/archive-key.asc", "/agent.deb")
    ]
    wrong = hashlib.sha256(b"").hexdigest()
    refused = machine.boot(boot_from(store, key_sha256=wrong, agent_sha256=wrong))
    assert refused.returncode == 1
    assert refused.stdout.count("not used") == 2
    assert machine.done == []
    assert not (machine.root / "etc/apt/keyrings/cloudworks.asc").exists()
    assert machine.boot(boot_from(store, key_sha256=right[0], agent_sha256=right[1])).returncode == 0
    assert machine.done == INSTALLED


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"version": "3.3.39.0"}, "at least 3.3.40.0"),
        ({"version": "3.10.0.0-x"}, None),
        ({"architecture": "amd64"}, "for arm64"),
        ({"name": "other"}, "it is other"),
    ],
)
def test_only_an_agent_for_this_machine_and_new_enough_is_installed(
    changed: dict[str, str], said: str | None, machine: Machine, store: Store, tmp_path: Path
) -> None:
    store.objects["/agent.deb"] = agent_package(tmp_path / "other", **changed)
    booted = machine.boot(boot_from(store))
    assert (booted.returncode, machine.done) == ((1, []) if said else (0, INSTALLED))
    assert (said or "done") in booted.stdout


@pytest.mark.parametrize("body", [b"<html>not here</html>", b""])
def test_what_is_no_key_or_no_package_is_not_used(body: bytes, machine: Machine, store: Store) -> None:
    store.objects.update(dict.fromkeys(store.objects, body))
    booted = machine.boot(boot_from(store))
    assert (booted.returncode, machine.done) == (1, [])
    assert not (machine.root / "etc/apt/keyrings/cloudworks.asc").exists()


def test_a_server_with_another_certificate_is_not_believed(machine: Machine, store: Store) -> None:
    booted = machine.boot(boot_from(store), trusts_store=False)
    assert (booted.returncode, machine.done, store.asked) == (1, [], [])
    assert "certificate verify failed" in booted.stdout


def test_a_download_that_breaks_off_is_not_used(machine: Machine, store: Store) -> None:
    store.is_cut_short = True
    booted = machine.boot(boot_from(store))
    assert (booted.returncode, machine.done) == (1, [])
    assert not (machine.root / "etc/apt/keyrings/cloudworks.asc").exists()


def test_failures_that_pass_are_waited_for_and_others_end(machine: Machine, store: Store) -> None:
    store.failures = {"/agent.deb": 2, "/apt/archive-key.asc": 99}
    (machine.folder / "dpkg-is-busy").touch()
    booted = machine.boot(boot_from(store, attempts=3))
    assert booted.returncode == 1
    assert machine.done == [INSTALLED[0], *INSTALLED]
    assert store.asked.count("/apt/archive-key.asc") == 3
    assert "archive-key.asc must be read, but: HTTP Error 503" in booted.stdout
    # fail closed: no other source of packages has come back
    assert machine.sources() == OURS
