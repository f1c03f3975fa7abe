from pathlib import Path

import pytest

from local_stack import podman, state
from local_stack.errors import StackError

# says "container state improper" as often as the file `faults` has lines, and notes that it was asked
STAND_IN = """#!/bin/sh
here=$(dirname "$(command -v podman)")
echo "$*" >>"$here/asked"
if [ -s "$here/faults" ]; then
  sed -i 1d "$here/faults"
  echo "Error: container state improper: stopped" >&2
  exit 125
fi
"""


@pytest.mark.parametrize(("faults_count", "is_removed"), [(0, True), (1, True), (2, False)])
def test_container_that_ends_while_it_is_stopped_is_removed_at_the_second_try(
    faults_count: int, is_removed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = state.create(tmp_path / ".local")
    for name in ("podman", "sudo"):
        (tmp_path / name).write_text(STAND_IN)
        (tmp_path / name).chmod(0o755)
    (tmp_path / "faults").write_text("fault\n" * faults_count)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    if is_removed:
        podman.remove(made, "dashboards")
    else:
        with pytest.raises(StackError, match="state improper"):
            podman.remove(made, "dashboards")
    asked = (tmp_path / "asked").read_text().splitlines()
    assert len(asked) == min(faults_count, 1) + 1
    assert all(made.container_name("dashboards") in line for line in asked)
