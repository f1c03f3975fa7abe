"""A release is named after what it holds, and holds what a host needs."""

from __future__ import annotations

import json
import os
import tarfile
from pathlib import Path

import pack_dashboards
import pytest


@pytest.fixture
def apps(tmp_path: Path) -> Path:
    source = tmp_path / "apps"
    for path, text in {
        "storefront/app.R": "shinyApp(ui, server)",
        "storefront/R/page.R": "ui <- 1",
        "storefront/tests/testthat.R": "test()",
        "storefront/.lintr": "linters:",
        "air.toml": "",
    }.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text(text)
    return source


def test_a_release_holds_the_apps_without_tests_and_hidden_files(apps: Path, tmp_path: Path) -> None:
    release, archive = pack_dashboards.pack(apps, tmp_path / "out")
    with tarfile.open(archive) as packed:
        assert packed.getnames() == ["storefront/R/page.R", "storefront/RELEASE", "storefront/app.R"]
        named = packed.extractfile("storefront/RELEASE")
        assert named is not None
        assert named.read().decode() == f"{release}\n"


def test_the_same_files_give_the_same_archive_whenever_they_were_written(apps: Path, tmp_path: Path) -> None:
    first = pack_dashboards.pack(apps, tmp_path / "one")
    os.utime(apps / "storefront/app.R", (1, 1))
    second = pack_dashboards.pack(apps, tmp_path / "two")
    assert first[0] == second[0]
    assert first[1].read_bytes() == second[1].read_bytes()


@pytest.mark.parametrize("path", ["storefront/app.R", "storefront/www/new.css"])
def test_a_change_of_any_file_is_another_release(apps: Path, tmp_path: Path, path: str) -> None:
    before, _ = pack_dashboards.pack(apps, tmp_path)
    (apps / path).parent.mkdir(exist_ok=True)
    (apps / path).write_text("changed")
    assert pack_dashboards.pack(apps, tmp_path)[0] != before


def test_a_changed_test_is_no_other_release(apps: Path, tmp_path: Path) -> None:
    before, _ = pack_dashboards.pack(apps, tmp_path)
    (apps / "storefront/tests/testthat.R").write_text("changed")
    assert pack_dashboards.pack(apps, tmp_path)[0] == before


def test_a_folder_without_an_app_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert pack_dashboards.main(["--source", str(tmp_path), "--folder", str(tmp_path)]) == 1
    assert "must hold a folder with an app.R" in capsys.readouterr().err


def test_it_says_release_and_archive_as_json(
    apps: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pack_dashboards.main(["--source", str(apps), "--folder", str(tmp_path)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["archive"] == str(tmp_path / f"{said['release']}.tar.gz")
    assert Path(said["archive"]).is_file()
