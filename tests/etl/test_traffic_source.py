"""Sources and channels, by Google's rules and their traps."""

import pytest
from etl.clean import traffic_source
from etl.traffic_source import DIRECT, TrafficSource, channel_of, referrer_source, utm_source


@pytest.mark.parametrize(
    ("source", "medium", "campaign", "channel"),
    [
        ("(direct)", "(none)", None, "Direct"),
        ("google", "organic", None, "Organic Search"),
        ("google.co.uk", "organic", None, "Organic Search"),
        ("(not set)", "organic", None, "Organic Search"),
        ("google", "cpc", None, "Paid Search"),
        ("google", "cpc", "cross-network", "Cross-network"),
        ("newsletter", "cpc", None, "Paid Other"),
        ("newsletter", "cpm", None, "Display"),
        ("google", "cpm", None, "Paid Search"),
        ("facebook", "paid-social", None, "Paid Social"),
        ("youtube", "video", None, "Organic Video"),
        ("youtube", "cpc", None, "Paid Video"),
        ("partner", "cpc", "e-shop summer", "Paid Shopping"),
        ("partner", "cpc", "workshop", "Paid Other"),
        ("facebook", "referral", None, "Organic Social"),
        ("m.facebook.com", "referral", None, "Organic Social"),
        ("newsletter", "email", None, "Email"),
        ("chatgpt.com", "referral", None, "AI Assistant"),
        ("blog.example", "referral", None, "Referral"),
        ("notgoogle.com", "referral", None, "Referral"),
        ("google.evil.com", "referral", None, "Referral"),
        ("xxt.co", "referral", None, "Referral"),
        ("t.co", "referral", None, "Organic Social"),
        ("partner", "affiliate", None, "Affiliates"),
        ("app", "web_push", None, "Mobile Push Notifications"),
        ("sms", "(not set)", None, "SMS"),
        ("(not set)", "(not set)", None, "Unassigned"),
    ],
)
def test_channel_is_googles(source: str, medium: str, campaign: str | None, channel: str) -> None:
    assert channel_of(TrafficSource(source, medium, campaign)) == channel


def test_utm_parameters_name_the_source() -> None:
    found = utm_source("https://shop.example/?utm_source=Google&utm_medium=cpc&utm_campaign=x")
    assert found == TrafficSource("Google", "cpc", "x")
    assert utm_source("https://shop.example/?q=1") is None
    assert utm_source("http://[broken") is None


def test_referrer_names_the_source_unless_it_is_the_shop() -> None:
    assert referrer_source("https://www.google.de/", None) == TrafficSource("google", "organic")
    assert referrer_source("https://blog.example/post", None) == TrafficSource("blog.example", "referral")
    assert referrer_source("https://shop.example/a", "https://www.shop.example/b") is None
    assert referrer_source("not an address", None) is None


def test_parameters_win_over_utm_and_utm_over_the_referrer() -> None:
    utm = "https://shop.example/?utm_source=a&utm_medium=email"
    assert traffic_source("x", None, None, utm, "https://blog.example") == TrafficSource("x", "(not set)")
    assert traffic_source(None, None, None, utm, "https://blog.example") == TrafficSource("a", "email")
    assert traffic_source(None, None, None, None, "https://blog.example").medium == "referral"
    assert traffic_source(None, None, None, None, None) == DIRECT
