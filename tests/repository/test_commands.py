"""Every command has help, and the docs name it."""

import re
import subprocess
import sys
from functools import cache

import pytest

from tests.repository import tree

MAKEFILE_TARGET = re.compile(r"^(?P<name>[a-z][a-z0-9-]*):(?!=)[^#\n]*(?:## (?P<help>.+))?$", re.MULTILINE)
PACKAGES = sorted(
    path.removeprefix("scripts/").removesuffix("/__main__.py").replace("/", ".")
    for path in tree.paths_ending("/__main__.py")
    if "/tests/" not in path
)
SCRIPTS = sorted(
    path
    for path in tree.paths_ending(".py", ".sh")
    if re.fullmatch(r"scripts/[^/]+|local_stack/demo\.py", path)
    and (path.endswith(".sh") or 'if __name__ == "__main__"' in tree.text(path))
)


@cache
def make_targets() -> dict[str, str | None]:
    """The help of each command of the Makefile, None where it has none."""
    return {found["name"]: found["help"] for found in MAKEFILE_TARGET.finditer(tree.text("Makefile"))}


@cache
def docs() -> str:
    return "\n".join(tree.text(path) for path in tree.paths_ending(".md"))


def help_of(command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": f"{tree.ROOT}/scripts:{tree.ROOT}/lambda_src:{tree.ROOT}",
    }
    return subprocess.run(
        [*command, "--help"],
        cwd=tree.ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def command_of(script: str) -> list[str]:
    return [str(tree.ROOT / script)] if script.endswith(".sh") else [sys.executable, script]


def test_every_make_command_has_a_line_of_help() -> None:
    assert make_targets()
    assert [name for name, line in make_targets().items() if not line] == []


def test_make_help_lists_every_command() -> None:
    listed = subprocess.run(
        ["make", "help"], cwd=tree.ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert [name for name in make_targets() if f"make {name} " not in listed] == []


def test_every_make_command_is_in_the_docs() -> None:
    assert [name for name in make_targets() if f"`make {name}`" not in docs()] == []


def test_every_make_command_in_the_docs_exists() -> None:
    named = set(re.findall(r"(?:`|^|\n)make ([a-z][a-z0-9-]*)", docs()))
    assert named
    assert named - set(make_targets()) == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_that_runs_explains_itself(package: str) -> None:
    answer = help_of([sys.executable, "-m", package])
    assert answer.returncode == 0, answer.stderr
    assert "usage:" in answer.stdout
    assert f"python -m {package}" in docs()


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_explains_itself(script: str) -> None:
    answer = help_of(command_of(script))
    assert answer.returncode == 0, answer.stderr
    assert "usage:" in answer.stdout
    assert script in docs()


def test_the_packages_that_provision_and_run_the_local_stack_are_among_those_asked() -> None:
    assert {"provision", "local_stack"} <= set(PACKAGES)


def test_the_scripts_of_the_data_path_are_among_those_asked() -> None:
    assert {"scripts/setup.sh", "scripts/import_events.py", "scripts/migrate_database.py"} <= set(SCRIPTS)
