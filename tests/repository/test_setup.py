"""The way in: what setup says where it can't help, and locks that hold what is asked for."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.repository import tree

LOCK_OF = {
    path: "requirements.lock" if path == "requirements-dev.in" else path.replace(".in", ".lock")
    for path in tree.paths_ending(
        "requirements-dev.in", "requirements-spark.in", "requirements.in", "runtime.in", "peers.in"
    )
    if path != "requirements.in"  # requirements-dev.in holds it
}


def set_up(*arguments: str, path: str = "/usr/bin:/bin") -> subprocess.CompletedProcess[str]:
    command = [str(tree.ROOT / "scripts/setup.sh"), *arguments]
    return subprocess.run(
        command, env={"PATH": path}, capture_output=True, text=True, check=False, timeout=60
    )


def test_a_machine_without_apt_is_told_what_cannot_be_done(tmp_path: Path) -> None:
    for name in ("bash", "dirname", "env"):
        (tmp_path / name).symlink_to(shutil.which(name) or "")
    answer = set_up(path=str(tmp_path))
    assert answer.returncode == 1
    assert "not a Debian-like system" in answer.stderr
    assert "Use Debian 12 or newer" in answer.stderr


def test_an_unknown_job_is_refused_with_the_known_ones() -> None:
    answer = set_up("everything")
    assert answer.returncode == 1
    assert "must be demo, test, docs or bench" in answer.stderr


@pytest.mark.parametrize(("asked", "lock"), sorted(LOCK_OF.items()))
def test_a_lock_pins_what_is_asked_for_with_hashes(asked: str, lock: str) -> None:
    lines = [line.split("#")[0].strip() for line in tree.text(asked).splitlines()]
    names = {re.split(r"[\[<>=!~; ]", line)[0] for line in lines if line and not line.startswith("-")}
    pinned = re.findall(
        r"^([a-z0-9.-]+)==\S+(?: ;.*)? \\\n    --hash=sha256:", tree.text(lock), flags=re.MULTILINE
    )
    assert names - set(pinned) == set()


def test_continuous_integration_runs_the_tests_and_nothing_else() -> None:
    commands = [
        line
        for line in tree.text(".ci/run").splitlines()
        if line and not line.startswith(("#", "set ", "cd "))
    ]
    assert commands == ["exec make test"]
