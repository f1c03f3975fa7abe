"""Molecule's connection: each task runs in the container of the host that it is for."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local_stack.state import CHECKOUT

HOSTS = """
all:
  children:
    warehouse: {hosts: {here: {host_address: 10.40.2.10}}}
    others: {hosts: {there: {host_address: 10.40.2.20}}}
"""
PLAY = """
- hosts: here
  gather_facts: false
  become: false
  tasks:
    - ansible.builtin.raw: task of its own
    - ansible.builtin.raw: task of another
      delegate_to: there
"""
PODMAN = '#!/bin/sh\necho "$*" >>"$ASKED"\n'
SUDO = '#!/bin/sh\nshift\nexec "$@"\n'


@pytest.fixture
def asked(tmp_path: Path) -> list[str]:
    """What podman was asked for by a play with a task for each of two hosts."""
    for name, text in (("podman", PODMAN), ("sudo", SUDO), ("hosts.yml", HOSTS), ("play.yml", PLAY)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    molecule = CHECKOUT / "molecule"
    command = [str(Path(sys.executable).with_name("ansible-playbook")), str(tmp_path / "play.yml")]
    command += [f"--inventory={tmp_path / 'hosts.yml'}", f"--inventory={molecule / 'inventory'}/"]
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "ASKED": str(tmp_path / "asked"),
        "ANSIBLE_CONNECTION_PLUGINS": str(molecule / "plugins/connection"),
        "MOLECULE_SCENARIO_NAME": "trial",
        "MOLECULE_PROJECT_DIRECTORY": str(CHECKOUT),
    }
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return (tmp_path / "asked").read_text().splitlines()


def test_a_delegated_task_runs_in_the_host_that_it_is_delegated_to(asked: list[str]) -> None:
    own, delegated = (line for line in asked if "task of" in line)
    assert "-molecule-trial-here " in own
    assert "-molecule-trial-there " in delegated
    assert "task of another" in delegated
