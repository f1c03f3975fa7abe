"""The command as people and the playbook run it: exit codes, and what it says."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mirror.conftest import ROOT
from tests.mirror.upstream import ARCHITECTURE, Upstream


@pytest.fixture
def run(upstream: Upstream, tmp_path: Path) -> "Command":
    return Command(upstream, tmp_path)


class Command:
    """`mirror_packages.py --to DIRECTORY`, with the test's mirror and a cache of its own."""

    def __init__(self, upstream: Upstream, folder: Path) -> None:
        self.upstream, self.folder = upstream, folder
        (folder / "packages.yml").write_text("base: [better-clock]\npostgresql: [database]\n")

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        options = {
            "--to": self.folder / "published",
            "--roles": self.folder / "packages.yml",
            "--mirror": self.upstream.main,
            "--security-mirror": self.upstream.security,
            "--keyring": self.upstream.keyring,
            "--architecture": ARCHITECTURE,
        }
        given = [str(word) for option in options.items() for word in option]
        return subprocess.run(
            [sys.executable, "scripts/mirror_packages.py", "--without-image", *given, *words],
            cwd=ROOT,
            env={**os.environ, "XDG_CACHE_HOME": str(self.folder / "cache"), "PYTHONPATH": "scripts"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


def test_the_command_says_what_waits_then_publishes_it_then_has_nothing_to_do(run: Command) -> None:
    waiting = run("--check")
    assert waiting.returncode == 2, waiting.stderr
    assert "nothing that hosts could use is published yet" in waiting.stdout
    assert not (run.folder / "published").exists()

    done = run()
    assert done.returncode == 0, done.stderr
    assert "Published 5 packages" in done.stdout
    assert "platform_apt_key_sha256: " in done.stdout
    assert "run this again before" in done.stdout
    assert "PRIVATE KEY" not in done.stdout + done.stderr
    assert (run.folder / "published.signing-key.asc").stat().st_mode & 0o777 == 0o600

    left = run()
    assert left.returncode == 0
    assert left.stdout.startswith("No change: ")
    checked = run("--check")
    assert (checked.returncode, checked.stdout[:10]) == (0, "No change:")


def test_an_error_ends_the_command_with_one_and_the_reason(run: Command) -> None:
    (run.folder / "packages.yml").write_text("base: [nothing-of-this-name]\n")
    failed = run()
    assert failed.returncode == 1
    assert "can't mirror packages: What base installs must be installable" in failed.stderr
    assert "nothing-of-this-name" in failed.stderr
    assert "Traceback" not in failed.stderr
