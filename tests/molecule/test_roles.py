"""Every role's scenario of Molecule, whole: Debian 13 hosts of its own, and the faults it must survive."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local_stack.state import CHECKOUT
from tests.workers import ROLES

SCENARIOS = {file.parent.name for file in CHECKOUT.glob("molecule/*/hosts.yml")}
# all roles on three hosts: what the rehearsal does, too, by site.yml and through Session Manager
REHEARSED = {"platform"}
LOGS = CHECKOUT / "build" / "molecule"
TIMEOUT_SECONDS = 1800


def molecule(command: str, scenario: str, log: Path) -> int:
    program = Path(sys.executable).with_name("molecule")
    with log.open("ab") as output:
        return subprocess.run(
            [program, command, "--no-command-borders", "--scenario-name", scenario],
            cwd=CHECKOUT,
            env={**os.environ, "PATH": f"{program.parent}:{os.environ['PATH']}", "ANSIBLE_NOCOLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT_SECONDS,
            check=False,
        ).returncode


def test_every_role_has_a_scenario_of_its_name() -> None:
    roles = {folder.name for folder in (CHECKOUT / "roles").iterdir() if folder.is_dir()}
    assert roles == SCENARIOS - REHEARSED == set(ROLES)


@pytest.mark.parametrize("role", ROLES)
def test_role(role: str) -> None:
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{role}.log"
    log.unlink(missing_ok=True)
    try:
        code = molecule("test", role, log)
    except subprocess.TimeoutExpired:
        molecule("destroy", role, log)
        raise
    assert code == 0, "\n".join(log.read_text().splitlines()[-60:])
