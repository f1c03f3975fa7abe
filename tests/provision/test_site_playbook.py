"""The first playbook of site.yml against an emulated AWS: planned in check mode, made, then left alone."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from provision.aws import Aws

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def _emulated(endpoint: str) -> None:
    assert endpoint


def site(*options: str, playbook: str = "provision") -> tuple[str, int]:
    """What the playbook printed, and how many tasks changed something; it must succeed."""
    program = Path(sys.executable).with_name("ansible-playbook")
    done = subprocess.run(
        [program, f"playbooks/{playbook}.yml", *options],
        cwd=ROOT,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (changed,) = re.findall(r"localhost +: ok=\d+ +changed=(\d+)", done.stdout)
    return done.stdout, int(changed)


def test_the_site_is_planned_then_made_then_left_alone(aws: Aws) -> None:
    planned, changed = site("--check", "--diff")
    assert "+ create  vpc cloudworks-production-vpc" in planned
    assert changed == 1  # check mode says that there is something to do, and does none of it
    assert aws.s3.list_buckets()["Buckets"] == []

    made, changed = site()
    assert "Applied to cloudworks production in account 123456789012" in made
    assert changed == 1
    assert any(bucket["Name"].endswith("-raw-123456789012") for bucket in aws.s3.list_buckets()["Buckets"])

    left, changed = site()
    assert "Plan: no change." in left
    assert changed == 0
