"""Where a visitor came from: source, medium, campaign, and the channel group they belong to. Pure.

Rules: Google Analytics Help, "Default channel group" (as read in November 2026), first match wins. What
kind of site a source is, `known_sites` says.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qs, urlsplit

from etl.known_sites import kind_of

_PAID = re.compile(r"^(.*cp.*|ppc|retargeting|paid.*)$")
_SHOPPING_CAMPAIGN = re.compile(r"^(.*(([^a-df-z]|^)shop|shopping).*)$")
_DISPLAY = frozenset({"display", "banner", "expandable", "interstitial", "cpm"})
_SOCIAL = frozenset({"social", "social-network", "social-media", "sm", "social network", "social media"})
_EMAIL = frozenset({"email", "e-mail", "e_mail", "e mail"})
# What Google Ads and Microsoft Advertising add to the address of an ad, as (source, medium). Facebook's
# fbclid is on every link that leaves it, paid or not, and says nothing.
_CLICK_IDS = {
    "gclid": ("google", "cpc"),
    "gbraid": ("google", "cpc"),
    "wbraid": ("google", "cpc"),
    "msclkid": ("bing", "cpc"),
}

_MARKED = re.compile("|".join(["utm_", *_CLICK_IDS]))
# without signs that would be decoded or left out
_PLAIN = re.compile(r"[\w=&.+-]*", re.ASCII)
_UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_id")


@dataclass(frozen=True)
class TrafficSource:
    """GA4's source, medium and campaign of one event, with the campaign's term, content and id."""

    source: str
    medium: str
    campaign: str | None = None
    term: str | None = None
    content: str | None = None
    campaign_id: str | None = None


DIRECT = TrafficSource("(direct)", "(none)")


def campaign_query(page_location: str | None) -> str:
    """Return the query of an address that may name a campaign, nothing for other addresses.

    Addresses with the same one have the same `campaign_source`.
    """
    if page_location is None or "?" not in page_location:
        return ""
    query = page_location.partition("#")[0].partition("?")[2]
    return "" if _PLAIN.fullmatch(query) and not _MARKED.search(query) else query


def campaign_source(page_location: str) -> TrafficSource | None:
    """Return what a page's address says of the campaign that led to it, or None if it says nothing.

    Its utm parameters, else the click id that an advertiser's own marking adds.
    """
    if "?" not in page_location:
        return None
    try:
        query = parse_qs(urlsplit(page_location).query)
    except ValueError:  # an address such as http://[
        return None

    def first(name: str) -> str | None:
        return query.get(name, [""])[0].strip()[:200] or None

    source, medium, campaign, *more = map(first, _UTM)
    if source or medium or campaign:
        return TrafficSource(source or "(not set)", medium or "(not set)", campaign, *more)
    clicked = next((found for name, found in _CLICK_IDS.items() if first(name)), None)
    return TrafficSource(*clicked, None, *more) if clicked else None


def referrer_source(page_referrer: str, page_location: str | None) -> TrafficSource | None:
    """Return what a referrer from another host says, or None.

    A shop does not refer to itself, and whoever comes back from paying was here before.
    """
    host = host_of(page_referrer)
    if host is None or host == (host_of(page_location) if page_location else None):
        return None
    kind = kind_of(host)
    if kind == "payment":
        return None
    if kind == "search":
        return TrafficSource(_brand(host), "organic")
    if kind == "ai":
        return TrafficSource(host, "ai-assistant", "(ai-assistant)")  # as GA4 since May 2026
    return TrafficSource(host, "referral")


@lru_cache(maxsize=65_536)
def host_of(address: str) -> str | None:
    """Return the host of an address without `www.`, or None if it has none."""
    try:
        host = urlsplit(address).hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None


def _brand(host: str) -> str:
    """Return what GA4 calls a search engine: `google` for `google.co.uk` and `images.google.de`."""
    labels = host.split(".")
    # the registrable name stands before its suffix (com, co.uk)
    suffix_length = 2 if len(labels) > 2 and len(labels[-2]) <= 3 else 1
    return labels[-1 - suffix_length] if len(labels) > suffix_length else labels[0]


def channel_of(traffic: TrafficSource) -> str:
    """Return the GA4 default channel group of a source, medium and campaign."""
    source, medium = traffic.source.lower(), traffic.medium.lower()
    campaign = (traffic.campaign or "").lower()
    if source == "(direct)" and medium in ("(none)", "(not set)"):
        return "Direct"
    if "cross-network" in campaign:
        return "Cross-network"
    return _paid_channel(source, medium, campaign) or _unpaid_channel(source, medium, campaign)


def _paid_channel(source: str, medium: str, campaign: str) -> str | None:
    is_paid = _PAID.match(medium) is not None
    kind = kind_of(source)
    rules = {
        "Paid Shopping": is_paid and (kind == "shopping" or _SHOPPING_CAMPAIGN.match(campaign) is not None),
        "Paid Search": is_paid and kind == "search",
        "Paid Social": is_paid and kind == "social",
        "Paid Video": is_paid and kind == "video",
        # cpm looks paid too: Google tests Display first, so it is Display
        "Display": medium in _DISPLAY,
        "Paid Other": is_paid,
    }
    return _first_met(rules)


def _unpaid_channel(source: str, medium: str, campaign: str) -> str:
    kind = kind_of(source)
    rules = {
        "Organic Shopping": kind == "shopping" or bool(_SHOPPING_CAMPAIGN.match(campaign)),
        "Organic Social": kind == "social" or medium in _SOCIAL,
        "Organic Video": kind == "video" or "video" in medium,
        "AI Assistant": kind == "ai" or medium == "ai-assistant",
        "Organic Search": kind == "search" or medium == "organic",
        "Referral": medium in ("referral", "app", "link"),
        "Email": source in _EMAIL or medium in _EMAIL,
        "Affiliates": medium == "affiliate",
        "Audio": medium == "audio",
        "SMS": "sms" in (source, medium),
        "Mobile Push Notifications": medium.endswith("push")
        or "mobile" in medium
        or "notification" in medium
        or source == "firebase",
    }
    return _first_met(rules) or "Unassigned"


def _first_met(rules: dict[str, bool]) -> str | None:
    return next((channel for channel, is_met in rules.items() if is_met), None)
