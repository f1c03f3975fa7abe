"""The module host_files, run as Ansible runs it: many files in one call, none before all are good."""

import getpass
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.repository import tree

MODULE = tree.ROOT / "plugins/modules/host_files.py"
ME = getpass.getuser()


def run(*, check: bool = False, **asked: Any) -> dict[str, Any]:
    arguments = {"ANSIBLE_MODULE_ARGS": {"_ansible_check_mode": check, "_ansible_diff": True, **asked}}
    done = subprocess.run(
        [sys.executable, MODULE], input=json.dumps(arguments), capture_output=True, text=True, check=False
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def file(path: Path, content: str, **more: str) -> dict[str, str]:
    return {"path": str(path), "content": content, "owner": ME, **more}


def test_files_are_written_once_and_then_left_alone(tmp_path: Path) -> None:
    files = [file(tmp_path / "a/one", "1\n"), file(tmp_path / "two", "2\n", mode="0600")]
    first = run(files=files)
    assert first["changed"]
    assert first["changed_paths"] == [str(tmp_path / "a/one"), str(tmp_path / "two")]
    assert (tmp_path / "a/one").read_text() == "1\n"
    assert (tmp_path / "two").stat().st_mode & 0o777 == 0o600
    assert run(files=files)["changed"] is False


def test_a_wrong_mode_is_put_right(tmp_path: Path) -> None:
    files = [file(tmp_path / "secret", "x", mode="0600")]
    run(files=files)
    (tmp_path / "secret").chmod(0o644)
    assert run(files=files)["changed_paths"] == [str(tmp_path / "secret")]
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_check_mode_says_what_it_would_do_and_does_nothing(tmp_path: Path) -> None:
    (tmp_path / "old").write_text("before\n")
    said = run(
        check=True,
        files=[file(tmp_path / "old", "after\n"), file(tmp_path / "new", "x", owner="nobody-of-that-name")],
        directories=[{"path": str(tmp_path / "folder"), "owner": ME}],
    )
    assert said["changed_paths"] == [str(tmp_path / name) for name in ("folder", "old", "new")]
    assert said["diff"][0]["before"] == "before\n"
    assert said["diff"][0]["after"] == "after\n"
    assert [path.name for path in tmp_path.iterdir()] == ["old"]
    assert (tmp_path / "old").read_text() == "before\n"


def test_no_file_is_replaced_when_one_of_them_is_not_good(tmp_path: Path) -> None:
    good, bad = file(tmp_path / "good", "new\n"), file(tmp_path / "bad", "x", validate="/bin/ls --no-such %s")
    (tmp_path / "good").write_text("old\n")
    said = run(files=[good, bad])
    assert said["failed"]
    assert said["msg"].startswith(f"{tmp_path / 'bad'} was not written: /bin/ls says:")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("good", "old\n")]


def test_an_owner_that_is_not_there_is_named(tmp_path: Path) -> None:
    said = run(files=[file(tmp_path / "a", "x", owner="nobody-of-that-name")])
    assert said["failed"]
    assert "nobody-of-that-name" in said["msg"]


def test_what_must_be_absent_goes_and_what_must_be_there_stays(tmp_path: Path) -> None:
    for name in ("10-ours", "20-theirs"):
        (tmp_path / name).write_text("x")
    (tmp_path / "30-broken").symlink_to(tmp_path / "nowhere")
    ours = file(tmp_path / "10-ours", "x")
    said = run(files=[ours], absent=[f"{tmp_path}/*"])
    assert said["changed_paths"] == [str(tmp_path / name) for name in ("20-theirs", "30-broken")]
    assert [path.name for path in tmp_path.iterdir()] == ["10-ours"]


def test_a_link_in_a_files_place_is_replaced_by_the_file(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    assert run(files=[file(tmp_path / "link", "x")])["changed"]
    assert not (tmp_path / "link").is_symlink()
