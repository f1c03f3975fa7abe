"""The shop of the benchmarks: what it sells, who comes, with what, and from where. Made up, from one seed.

What repeats in life repeats here (agents, places, pages), and what does not does not (ids, click ids).
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate
from random import Random
from typing import Any

SHOP = "https://www.shop.example"
PRODUCTS_COUNT = 2000
_ADJECTIVES = (
    "Alpine Classic Coastal Cosy Daily Light Loose Nordic Organic Quilted Ribbed Slim Soft Urban Warm"
)
_NOUNS = (
    "Backpack Beanie Boots Cardigan Chinos Coat Dress Gloves Hoodie Jacket Jeans Sandals Scarf Shirt Skirt"
)
_BRANDS = "Arvo Birk Callisto Drava Eiger Fjell Gaia Halden Isar Juna Kelim Lindgren"
_CATEGORIES = ("Accessories", "Coats", "Dresses", "Shoes", "Knitwear", "Trousers", "Shirts & Tops", "Outdoor")
_VARIANTS = (
    "anthracite / M",
    "black / 42",
    "bordeaux / S",
    "natural white / L",
    "olive / XL",
    "navy blue / 38",
)
TERMS = (
    "winter coat", "jeans", "wool socks", "gift card", "running shoes 42", "Kleid grün", "rain jacket men",
    "scarf", "boots size 38", "linen shirt", "bag", "hoodie black", "Mütze", "sale", "thermal socks kids",
)  # fmt: skip

_DESKTOPS = (
    "Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64",
    "X11; Ubuntu; Linux x86_64",
)  # fmt: skip
_PHONES = (
    "Android 10; K", "Android 13; SM-S911B", "Android 14; Pixel 8", "Android 14; SM-A546B",
    "Android 12; M2101K6G", "Android 15; SM-X710", "Android 13; CPH2451",
)  # fmt: skip
_BOTS = (
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
)  # fmt: skip
_SCREENS = {"phone": ("390x844", "360x800", "412x915"), "desktop": ("1920x1080", "1536x864", "2560x1440")}
# country, language, time zone, and how many of a hundred visitors
_PLACES = (
    ("DE", "de-DE", "Europe/Berlin", 62), ("AT", "de-AT", "Europe/Vienna", 12),
    ("CH", "de-CH", "Europe/Zurich", 8), ("NL", "nl-NL", "Europe/Amsterdam", 6),
    ("FR", "fr-FR", "Europe/Paris", 5), ("GB", "en-GB", "Europe/London", 4),
    ("US", "en-US", "America/New_York", 3),
)  # fmt: skip
# referrer, query of the landing page, and how many of a hundred visits; {} is a number of the visit's own
_SOURCES = (
    (None, "", 30),
    ("https://www.google.com/", "", 20),
    (
        "https://www.google.com/",
        "?gclid=Cj0KCQiA{}EAIaIQ&utm_source=google&utm_medium=cpc&utm_campaign=brand",
        10,
    ),
    ("https://www.bing.com/", "", 3),
    ("https://duckduckgo.com/", "", 2),
    (
        "https://l.facebook.com/",
        "?fbclid=IwAR{}&utm_source=facebook&utm_medium=paid_social&utm_campaign=w47",
        8,
    ),
    ("https://www.instagram.com/", "?utm_source=instagram&utm_medium=social&utm_content=story-{}", 5),
    ("https://www.pinterest.de/pin/{}/", "", 2),
    ("https://chatgpt.com/", "?utm_source=chatgpt.com", 2),
    ("https://www.idealo.de/", "?utm_source=idealo&utm_medium=cpc&utm_campaign=shopping_feed", 4),
    (None, "?utm_source=newsletter&utm_medium=email&utm_campaign=2026-w47&utm_content=teaser-{}", 8),
    ("https://blog.fashion.example/2026/11/warm-through-winter/", "", 4),
    ("https://partner.example/deals/{}", "?utm_source=partner&utm_medium=affiliate", 2),
)


@dataclass(frozen=True)
class Visitor:
    """One browser: what every event of it says. Its clock is ahead by `skew_ms`."""

    anonymous_id: str
    user_id: str | None
    user_agent: str
    is_bot: bool
    country: str
    source_ip: str
    device: dict[str, str]
    skew_ms: int


def _chrome(system: str, version: int, more: str = "") -> str:
    engine = "AppleWebKit/537.36 (KHTML, like Gecko)"
    return f"Mozilla/5.0 ({system}) {engine} Chrome/{version}.0.0.0{more} Safari/537.36"


def _iphone(version: str, build: str) -> str:
    engine = f"AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{version}"
    return f"Mozilla/5.0 (iPhone; CPU iPhone OS {build} like Mac OS X) {engine} Mobile/15E148 Safari/604.1"


def _weighted_agents() -> list[tuple[str, str, int]]:
    found = []
    for age, version in enumerate(range(143, 119, -1)):
        weight = 400 // (age + 1)
        for place, system in enumerate(_DESKTOPS[:3]):
            found.append(("desktop", _chrome(system, version), weight // (place + 2)))
        edge = _chrome(_DESKTOPS[0], version) + f" Edg/{version}.0.0.0"
        firefox = f"Mozilla/5.0 ({_DESKTOPS[3]}; rv:{version}.0) Gecko/20100101 Firefox/{version}.0"
        found += [("desktop", edge, weight // 3 + 1), ("desktop", firefox, weight // 5 + 1)]
        for phone in _PHONES[: 4 + age % 4]:
            found.append(("phone", _chrome(f"Linux; {phone}", version, " Mobile"), weight // 4 + 1))
    for major in range(26, 14, -1):
        for minor in range(4):
            build = f"{major}_{minor}_1"
            found.append(("phone", _iphone(f"{major}.{minor}", build), 600 // (27 - major) + 1))
    found += [("bot", bot, 30) for bot in _BOTS]
    return found


@cache
def _agents() -> tuple[list[tuple[str, str]], list[int]]:
    """The agents as (kind, text), and the running sums of their weights: newer versions are used more."""
    found = _weighted_agents()
    return [agent[:2] for agent in found], list(accumulate(weight for *_, weight in found))


@lru_cache(100_000)
def visitor(seed: int, number: int) -> Visitor:
    """The browser of this number; the same in every process."""
    random = Random(f"visitor {seed} {number}")
    agents, weights = _agents()
    kind, agent = random.choices(agents, cum_weights=weights)[0]
    country, language, time_zone, _ = random.choices(_PLACES, [place[-1] for place in _PLACES])[0]
    return Visitor(
        anonymous_id=uuid_text(random),
        user_id=f"eu-central-1_{uuid_text(random)}" if random.random() < 0.08 else None,
        user_agent=agent,
        is_bot=kind == "bot",
        country=country,
        source_ip=f"{random.randrange(1, 224)}.{random.randrange(256)}.{random.randrange(256)}.0",
        device={
            "language": language,
            "screen_resolution": random.choice(_SCREENS.get(kind, ("1024x768",))),
            "time_zone": time_zone,
        },
        skew_ms=_skew_ms(random),
    )


def _skew_ms(random: Random) -> int:
    """How far a clock is ahead: within a second; two of a hundred by minutes, one of a thousand by days."""
    chance = random.random()
    if chance < 0.001:
        return round(random.uniform(-3, 3) * 86_400_000)
    if chance < 0.02:
        return round(random.gauss(0, 1) * 600_000)
    return round(random.gauss(0, 300))


def uuid_text(random: Random) -> str:
    """A version 4 UUID, as the SDK writes it."""
    digits = f"{random.getrandbits(128):032x}"
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


@cache
def product(number: int) -> dict[str, Any]:
    """An item as the shop's pages send it; what is sold a lot has a small number."""
    random = Random(number)
    noun, adjective = random.choice(_NOUNS.split()), random.choice(_ADJECTIVES.split())
    return {
        "item_id": f"SKU-{100_000 + number * 7}",
        "item_name": f"{adjective} {noun} {random.randrange(100, 999)}",
        "item_brand": random.choice(_BRANDS.split()),
        "item_category": _CATEGORIES[number % len(_CATEGORIES)],
        "item_variant": random.choice(_VARIANTS),
        "price": random.randrange(9, 250) - 0.05,
    }


def some_product(random: Random) -> int:
    """The number of a product; a few are looked at a lot."""
    return int(PRODUCTS_COUNT * random.random() ** 2.5)


def category_path(number: int) -> str:
    """Where a product's category lies in the shop."""
    name = _CATEGORIES[number % len(_CATEGORIES)].lower()
    return "/c/" + name.replace(" & ", "-")


def source(random: Random) -> tuple[str | None, str]:
    """Where a visit comes from: its referrer, and the query of the page on which it lands."""
    referrer, query, _ = random.choices(_SOURCES, [share for *_, share in _SOURCES])[0]
    number = random.randrange(10**9) if "fbclid" in query or "gclid" in query else random.randrange(20)
    return referrer.replace("{}", str(number)) if referrer else None, query.replace("{}", str(number))
