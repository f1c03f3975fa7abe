"""Sources and channels, by Google's rules and their traps."""

import pytest
from etl.clean import traffic_source
from etl.traffic_source import DIRECT, TrafficSource, campaign_source, channel_of, referrer_source


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
        ("chatgpt", "(not set)", None, "AI Assistant"),
        ("gemini.google.com", "ai-assistant", "(ai-assistant)", "AI Assistant"),
        ("facebook", "cpc", None, "Paid Social"),
        ("bsky.app", "referral", None, "Organic Social"),
        ("mastodon.social", "referral", None, "Organic Social"),
        ("old.reddit.com", "referral", None, "Organic Social"),
        ("m.youtube.com", "referral", None, "Organic Video"),
        ("youtube.com", "cpc", None, "Paid Video"),
        ("amazon.co.jp", "referral", None, "Organic Shopping"),
        ("smile.amazon.de", "referral", None, "Organic Shopping"),
        ("fr.search.yahoo.com", "organic", None, "Organic Search"),
        ("ecosia", "cpc", None, "Paid Search"),
        ("mail.google.com", "referral", None, "Referral"),
        ("notwikipedia.org", "referral", None, "Referral"),
        ("newsletter", "(not set)", None, "Unassigned"),
        ("mail", "email", None, "Email"),
        ("sms", "(not set)", None, "SMS"),
        ("(not set)", "(not set)", None, "Unassigned"),
    ],
)
def test_channel_is_googles(source: str, medium: str, campaign: str | None, channel: str) -> None:
    assert channel_of(TrafficSource(source, medium, campaign)) == channel


def test_utm_parameters_name_the_source() -> None:
    found = campaign_source("https://shop.example/?utm_source=Google&utm_medium=cpc&utm_campaign=x")
    assert found == TrafficSource("Google", "cpc", "x")
    assert campaign_source("https://shop.example/?q=1") is None
    assert campaign_source("http://[broken") is None


def test_referrer_names_the_source_unless_it_is_the_shop() -> None:
    assert referrer_source("https://www.google.de/", None) == TrafficSource("google", "organic")
    assert referrer_source("https://blog.example/post", None) == TrafficSource("blog.example", "referral")
    assert referrer_source("https://shop.example/a", "https://www.shop.example/b") is None
    assert referrer_source("not an address", None) is None


@pytest.mark.parametrize(
    ("referrer", "source"),
    [
        ("https://www.google.co.uk/", "google"),
        ("https://fr.search.yahoo.com/search?p=vase", "yahoo"),
        ("https://duckduckgo.com/", "duckduckgo"),
        ("https://www.ecosia.org/search", "ecosia"),
        ("https://yandex.com.tr/", "yandex"),
    ],
)
def test_a_search_engine_is_one_source_in_all_countries(referrer: str, source: str) -> None:
    assert referrer_source(referrer, "https://shop.example/") == TrafficSource(source, "organic")


@pytest.mark.parametrize(
    "host", ["www.paypal.com", "checkout.stripe.com", "hooks.stripe.com", "pay.klarna.com"]
)
def test_coming_back_from_paying_is_no_referral(host: str) -> None:
    assert referrer_source(f"https://{host}/done", "https://shop.example/thanks") is None
    # a host that only looks like one
    assert referrer_source(f"https://{host}.evil.example/", None) is not None


def test_an_assistant_is_named_as_ga4_names_it() -> None:
    found = referrer_source("https://chatgpt.com/", "https://shop.example/")
    assert found == TrafficSource("chatgpt.com", "ai-assistant", "(ai-assistant)")


def test_parameters_win_over_utm_and_utm_over_the_referrer() -> None:
    utm = "https://shop.example/?utm_source=a&utm_medium=email"
    assert traffic_source("x", None, None, utm, "https://blog.example") == TrafficSource("x", "(not set)")
    assert traffic_source(None, None, None, utm, "https://blog.example") == TrafficSource("a", "email")
    assert traffic_source(None, None, None, None, "https://blog.example").medium == "referral"
    assert traffic_source(None, None, None, None, None) == DIRECT
