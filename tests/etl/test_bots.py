"""Which user agents are programs: those of the lists and of uap-core, and no telephone of a person."""

import json
from pathlib import Path
from typing import Any

import etl.bots
import pytest
from etl.bots import NO_USER_AGENT, UNNAMED
from etl.devices import agent_of
from hypothesis import given
from hypothesis import strategies as st

LISTS = Path(etl.bots.__file__).parent / "bot_lists"
OURS: dict[str, Any] = json.loads((LISTS / "ours.json").read_bytes())
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) {}/140.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        # crawlers, of search engines and of those who train models
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot"),
        ("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", "bingbot"),
        ("Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)", "GPTBot"),
        ("Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)", "ClaudeBot"),
        ("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "AhrefsBot"),
        ("facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", "facebookexternalhit"),
        # browsers that programs drive
        (CHROME.format("HeadlessChrome"), "HeadlessChrome"),
        (CHROME.format("Chrome") + " Chrome-Lighthouse", "Chrome-Lighthouse"),
        ("Mozilla/5.0 (linux) AppleWebKit/537.36 (KHTML, like Gecko) jsdom/22.1.0", "jsdom"),
        (
            "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1",
            "PhantomJS",
        ),
        # the longest name says most
        (CHROME.format("HeadlessChrome") + " Chrome-Lighthouse", "Chrome-Lighthouse"),
        # libraries and tools
        ("curl/8.5.0", "curl"),
        ("python-requests/2.32.3", "python-requests"),
        ("Go-http-client/2.0", "Go-http-client"),
        ("axios/1.7.2", "axios"),
        ("node", "node"),
        ("PostmanRuntime/7.39.0", "PostmanRuntime"),
        ("k6/0.51.0 (https://k6.io/)", "k6"),
        ("ELB-HealthChecker/2.0", "ELB-HealthChecker"),
        # nobody
        ("", NO_USER_AGENT),
        (" \t", NO_USER_AGENT),
        # a spider that only uap-core's general rules find
        ("Mozilla/5.0 (compatible; brandnewcrawler)", "brandnewcrawler"),
    ],
)
def test_a_program_is_a_bot_and_has_a_name(user_agent: str, name: str) -> None:
    found = agent_of(user_agent)
    assert found.bot_name == name
    assert found.device_category is None


@pytest.mark.parametrize(
    "user_agent",
    [
        CHROME.format("Chrome"),
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
        " Version/18.5 Mobile/15E148 Safari/604.1",
        "Mozilla/5.0 (Linux; Android 14; SM-S928B) AppleWebKit/537.36 (KHTML, like Gecko)"
        " SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
        " Mobile/15E148 [FBAN/FBIOS;FBAV/500.0.0.0;FBDV/iPhone15,2]",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
        " coc_coc_browser/120.0 Chrome/114.0.0.0 Safari/537.36",
    ],
)
def test_a_browser_of_a_person_is_no_bot(user_agent: str) -> None:
    assert agent_of(user_agent).bot_name is None
    assert agent_of(user_agent).device_category in ("desktop", "mobile")


# What the public list's patterns find in the browsers of people, as uap-core's own test cases show.
PEOPLE_BY_PATTERN = {
    "008\\/": "Opera/9.80 (MAUI Runtime; Opera Mini/4.4.39008/37.9178; U; en) Presto/2.12.423 Version/12.16",
    "AP3A\\.240617\\.008": "Mozilla/5.0 (Linux; Android 15; CPH2617 Build/AP3A.240617.008) AppleWebKit/537.36"
    " (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
    "Amazon CloudFront": "Amazon CloudFront",
    "Butterfly": "Mozilla/5.0 (Linux; Android 4.1.1; HTC Butterfly Build/JRO03C) AppleWebKit/535.19 (KHTML,"
    " like Gecko) Chrome/18.0.1025.166 Mobile Safari/535.19",
    "Fluid": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_5_6) AppleWebKit/528.16 (KHTML, like Gecko)"
    " Fluid/0.9.6 Safari/528.16",
    "RED\\/": "Mozilla/5.0 (iPad; U; CPU iPhone OS 7_0 like Mac OS X; de-DE) WIRED/3.2.3.11.87970",
    "Sogou": "Mozilla/5.0 (Linux; Android 13; V2241A) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/108.0"
    " Mobile Safari/537.36 SogouMobileBrowser/5.35",
    "Sonic": "Mozilla/5.0 (Linux; U; Android 2.3.5; mk-mk; Lucky Ultra Sonic U8650 Build/HuaweiU8650B836)"
    " AppleWebKit/533.1 (KHTML, like Gecko) Version/4.0 Mobile Safari/533.1",
    "speedy": "YahooMobileMail/1.0 (Android Mail; 1.3.6) (speedy;HTC;PG06100;2.2/FRF91)",
}


@pytest.mark.parametrize("pattern", OURS["left_out"])
def test_a_pattern_that_people_meet_is_left_out(pattern: str) -> None:
    assert agent_of(PEOPLE_BY_PATTERN[pattern]).bot_name is None


def test_the_spiders_of_a_left_out_name_are_still_known() -> None:
    spider = "Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)"
    assert agent_of(spider).bot_name == "Sogou web spider"


def test_a_user_agent_that_nobody_asked_for_says_nothing() -> None:
    """Imported events have none: they came without a request."""
    assert agent_of(None) == (None, None, None, None)


@given(st.text(max_size=200))
def test_any_text_gives_an_answer(user_agent: str) -> None:
    name = agent_of(user_agent).bot_name
    assert name is None or name in (NO_USER_AGENT, UNNAMED) or name.strip() == name != ""
