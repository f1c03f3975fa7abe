"""Matomo's lists, as the ETL keeps them."""

import json
from pathlib import Path

import pytest
import update_site_lists
from etl.known_sites import kind_of
from update_site_lists import site_lists

SEARCH = {
    "Yahoo!": [{"urls": ["search.yahoo.com", "{}.search.yahoo.com"], "params": ["p"]}],
    "Google": [{"urls": ["google.{}"]}, {"urls": ["google.com/cse", "www.google.com"]}],
    "Mail": [{"urls": ["mail.example"]}],
}


def test_hosts_are_kept_and_pages_below_them_are_not() -> None:
    found = site_lists(SEARCH, {}, {"Grok": ["grok.com", "x.com/i/grok"]})
    assert found["search"]["hosts"] == [
        *("google.com", "google.{}", "mail.example", "search.yahoo.com", "{}.search.yahoo.com")
    ]
    assert found["ai"]["hosts"] == ["grok.com"]


def test_a_name_is_one_that_people_write_and_that_means_nothing_else() -> None:
    found = site_lists(SEARCH, {"Windows Live Spaces": ["login.live.com"], "Twitter": ["x.com"]}, {})
    assert found["search"]["names"] == ["google", "yahoo"]
    assert found["social"]["names"] == []


def test_the_lists_that_are_kept_have_what_everybody_knows() -> None:
    lists = json.loads(update_site_lists.TARGET.read_bytes())
    assert len(lists["search"]["hosts"]) > 500
    assert len(lists["social"]["hosts"]) > 150
    assert {kind_of(one) for one in ("google", "bing", "duckduckgo.com", "www.baidu.com")} == {"search"}
    assert {kind_of(one) for one in ("claude.ai", "perplexity.ai", "copilot")} == {"ai"}


@pytest.mark.parametrize("missing", ["SearchEngines.yml", "Socials.yml", "AIAssistants.yml"])
def test_a_folder_without_the_lists_is_refused(
    missing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in {"SearchEngines.yml", "Socials.yml", "AIAssistants.yml"} - {missing}:
        (tmp_path / name).write_text("{}")
    monkeypatch.setattr("sys.argv", ["update_site_lists.py", str(tmp_path)])
    before = update_site_lists.TARGET.read_bytes()
    assert update_site_lists.main() == 1
    assert missing in capsys.readouterr().err
    assert update_site_lists.TARGET.read_bytes() == before
