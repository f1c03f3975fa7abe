"""The public list of bots, as the ETL keeps it."""

import json
from pathlib import Path
from typing import Any

import pytest
import update_bot_list
from update_bot_list import ListError, bot_list


def entries(*patterns: str) -> list[dict[str, Any]]:
    return [{"pattern": pattern, "instances": []} for pattern in patterns]


def test_a_pattern_without_signs_of_its_own_is_a_text() -> None:
    found = bot_list(
        entries("Googlebot\\/", "yandex\\.com\\/bots", "[wW]get", "^curl", "a\\d", "Bot (x)"), set()
    )
    assert found["texts"] == ["Googlebot/", "yandex.com/bots"]
    assert found["patterns"] == ["Bot (x)", "[wW]get", "^curl", "a\\d"]


def test_what_people_meet_is_left_out_and_must_still_be_there() -> None:
    assert bot_list(entries("a", "b"), {"a"})["texts"] == ["b"]
    with pytest.raises(ListError, match="no longer has: c"):
        bot_list(entries("a", "b"), {"c"})


def test_a_pattern_that_is_none_is_refused() -> None:
    with pytest.raises(ListError, match=r"'\(' is no regular expression"):
        bot_list(entries("("), set())


def test_the_list_that_is_kept_is_whole() -> None:
    kept = json.loads(update_bot_list.TARGET.read_bytes())
    ours = json.loads(update_bot_list.OURS.read_bytes())
    assert len(kept["texts"]) > 1000
    assert not set(ours["left_out"]) & set(kept["patterns"])
    assert {"Googlebot/", "HeadlessChrome", "python-requests"} <= set(kept["texts"])
    assert "MIT License" in update_bot_list.LICENCE.read_text()


@pytest.mark.parametrize("content", ["[]", "{}", "no JSON", json.dumps(entries("a") * 600)])
def test_a_file_that_is_not_the_list_changes_nothing(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, licence = tmp_path / "list.json", tmp_path / "LICENSE"
    path.write_text(content)
    licence.write_text("x")
    monkeypatch.setattr("sys.argv", ["update_bot_list.py", str(path), str(licence)])
    before = update_bot_list.TARGET.read_bytes(), update_bot_list.LICENCE.read_bytes()
    assert update_bot_list.main() == 1
    assert "Nothing was changed" in capsys.readouterr().err
    assert (update_bot_list.TARGET.read_bytes(), update_bot_list.LICENCE.read_bytes()) == before
