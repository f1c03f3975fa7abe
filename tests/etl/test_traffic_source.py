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
    own, nothing = ("x", None, None, "t", "c", "7"), (None,) * 6
    named = TrafficSource("x", "(not set)", None, "t", "c", "7")
    assert traffic_source(own, utm, "https://blog.example") == named
    assert traffic_source(nothing, utm, "https://blog.example") == TrafficSource("a", "email")
    assert traffic_source(nothing, None, "https://blog.example").medium == "referral"
    assert traffic_source(nothing, None, None) == DIRECT


def test_a_campaign_has_its_term_content_and_id() -> None:
    found = campaign_source(
        "https://shop.example/?utm_source=google&utm_medium=cpc&utm_term=blue+vase&utm_content=b&utm_id=9#utm_id=1"
    )
    assert found == TrafficSource("google", "cpc", None, "blue vase", "b", "9")


@pytest.mark.parametrize(
    ("query", "source", "channel"),
    [
        ("gclid=x", "google", "Paid Search"),
        ("a=1&gbraid=x", "google", "Paid Search"),
        ("wbraid=x&utm_term=vase", "google", "Paid Search"),
        ("msclkid=x", "bing", "Paid Search"),
        # people's own campaign says more than the advertiser's mark
        ("utm_source=newsletter&utm_medium=email&gclid=x", "newsletter", "Email"),
    ],
)
def test_an_ads_click_id_names_the_advertiser_where_nothing_else_does(
    query: str, source: str, channel: str
) -> None:
    found = traffic_source((None,) * 6, f"https://shop.example/?{query}", "https://www.google.com/")
    assert (found.source, channel_of(found)) == (source, channel)


@pytest.mark.parametrize("query", ["gclid=", "fbclid=x", "utm_id=9", "xgclid=1"])
def test_what_names_no_campaign_leaves_the_referrer_its_say(query: str) -> None:
    found = traffic_source((None,) * 6, f"https://shop.example/?{query}", "https://blog.example/")
    assert (found.source, found.medium) == ("blog.example", "referral")
