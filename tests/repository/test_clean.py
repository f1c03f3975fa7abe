"""`make clean`: it must work when nothing else does, and say so when it can't."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.repository import tree

# What a Python sees that has no packages at all: of the virtual environment, of Debian, of the user.
BARE = [sys.executable, "-I", "-S", "-c"]


def test_the_stack_is_cleaned_by_a_python_without_packages() -> None:
    code = f"import sys; sys.path[:0] = {[str(tree.ROOT), str(tree.ROOT / 'scripts')]!r}\n"
    code += "import local_stack.__main__ as main; main.image_tag(); main.HOST.tag()"
    done = subprocess.run([*BARE, code], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_python_without_packages_has_none() -> None:
    done = subprocess.run([*BARE, "import jinja2"], capture_output=True, text=True, timeout=60, check=False)
    assert "ModuleNotFoundError" in done.stderr


def test_a_stack_that_cannot_be_cleaned_is_not_passed_over(tmp_path: Path) -> None:
    shutil.copy(tree.ROOT / "Makefile", tmp_path)
    podman = tmp_path / "bin" / "podman"
    podman.parent.mkdir()
    podman.write_text("#!/bin/sh\n")
    podman.chmod(0o755)
    kept = tmp_path / ".local" / "stack.json"
    kept.parent.mkdir()
    kept.touch()
    # no local_stack is there, so that no Python can import it
    done = subprocess.run(
        ["make", "clean"],
        cwd=tmp_path,
        env={"PATH": f"{podman.parent}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert "No module named local_stack" in done.stderr
    assert kept.exists()
