"""What happens in one visit to the shop of the benchmarks: pages, and what is done on each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.bench import shop_traffic as shop

Items = list[dict[str, Any]]
Params = dict[str, Any]
# name, parameters, items
Action = tuple[str, Params, Items]


@dataclass(frozen=True)
class Happening:
    """One event of a visit, so many milliseconds after its beginning."""

    name: str
    at_ms: int
    page: dict[str, str]
    params: Params
    items: Items


@dataclass
class _Visit:
    random: Random
    number: int
    at_ms: int = 0
    cart: Items = field(default_factory=list)
    product_number: int = 0

    def actions_on(self, kind: str, path: str) -> Iterator[Action]:
        """What is done on a page of this kind."""
        yield "page_view", {}, []
        yield from _ON_PAGE[kind](self, path)
        if self.random.random() < 0.4:
            yield "scroll", {"percent_scrolled": 90}, []
        if self.random.random() < 0.7:
            yield "user_engagement", {"engagement_time_msec": self.random.randrange(1000, 90_000)}, []

    def on_home(self, _path: str) -> Iterator[Action]:
        if self.random.random() < 0.3:
            promotion = {"promotion_id": "P-11", "promotion_name": "Autumn sale", "creative_slot": "hero"}
            yield "view_promotion", promotion, []

    def on_list(self, path: str) -> Iterator[Action]:
        listed = [shop.some_product(self.random) for _ in range(self.random.randrange(1, 5))]
        name = {"item_list_id": path[3:], "item_list_name": path[3:].title()}
        yield "view_item_list", name, [_listed(number, place) for place, number in enumerate(listed, 1)]
        self.product_number = self.random.choice(listed)
        if self.random.random() < 0.5:
            yield "select_item", name, [_listed(self.product_number, 1)]

    def on_search(self, path: str) -> Iterator[Action]:
        term = self.random.choice(shop.TERMS)
        found_count = self.random.randrange(40) if self.random.random() < 0.9 else 0
        yield "search", {"search_term": term}, []
        yield "view_search_results", {"search_term": term, "results_count": found_count}, []
        if found_count:
            yield from self.on_list(path)

    def on_product(self, _path: str) -> Iterator[Action]:
        item = {**shop.product(self.product_number), "quantity": 1}
        yield "view_item", _worth([item]), [item]
        if self.random.random() < 0.2:
            yield "click", {"link_url": f"{shop.SHOP}/size-guide", "link_text": "Size guide"}, []
        if self.random.random() < 0.14:
            added = {**item, "quantity": self.random.choice((1, 1, 1, 2))}
            self.cart.append(added)
            yield "add_to_cart", _worth([added]), [added]

    def on_cart(self, _path: str) -> Iterator[Action]:
        yield "view_cart", _worth(self.cart), self.cart
        if len(self.cart) > 1 and self.random.random() < 0.2:
            gone = self.cart.pop()
            yield "remove_from_cart", _worth([gone]), [gone]

    def on_checkout(self, _path: str) -> Iterator[Action]:
        yield "begin_checkout", _worth(self.cart), self.cart
        yield "add_shipping_info", {**_worth(self.cart), "shipping_tier": "DHL standard"}, self.cart
        yield "add_payment_info", {**_worth(self.cart), "payment_type": "PayPal"}, self.cart

    def on_thanks(self, _path: str) -> Iterator[Action]:
        worth = _worth(self.cart)
        order = {"transaction_id": f"O-{self.number:012d}", "shipping": 4.95}
        yield "purchase", {**order, **worth, "tax": round(worth["value"] * 0.19, 2)}, self.cart

    def next_page(self) -> tuple[str, str]:
        """The kind and the path of the next page."""
        if self.cart and self.random.random() < 0.3:
            return "cart", "/cart"
        kind = self.random.choices(("product", "list", "search", "home"), (50, 33, 12, 5))[0]
        if kind == "product":
            return kind, f"/p/{shop.product(self.product_number)['item_id'].lower()}"
        return kind, {"list": shop.category_path(self.random.randrange(8)), "search": "/search", "home": "/"}[
            kind
        ]


_ON_PAGE = {
    "home": _Visit.on_home,
    "list": _Visit.on_list,
    "search": _Visit.on_search,
    "product": _Visit.on_product,
    "cart": _Visit.on_cart,
    "checkout": _Visit.on_checkout,
    "thanks": _Visit.on_thanks,
}


def happenings(random: Random, number: int) -> Iterator[Happening]:
    """The events of the visit of this number, in order."""
    visit = _Visit(random, number, product_number=shop.some_product(random))
    referrer, query = shop.source(random)
    for kind, path in _pages(visit):
        page = {
            "url": f"{shop.SHOP}{path}{query}",
            "title": f"{path.strip('/').title() or 'Home'} | Example Shop",
        }
        if referrer:
            page["referrer"] = referrer
        for name, params, items in visit.actions_on(kind, path):
            yield Happening(name, visit.at_ms, page, params, list(items))
            visit.at_ms += int(random.expovariate(1 / 6000)) + 20
        visit.at_ms += int(random.expovariate(1 / 20_000))
        referrer, query = page["url"], ""


def _pages(visit: _Visit) -> Iterator[tuple[str, str]]:
    """The pages of a visit: one in four sees only one, who has filled a cart buys half the time."""
    random = visit.random
    yield visit.next_page()
    while random.random() < 0.75:
        kind, path = visit.next_page()
        yield kind, path
        if kind == "cart" and random.random() < 0.5:
            yield "checkout", "/checkout"
            if random.random() < 0.7:
                yield "thanks", "/checkout/thanks"
            return


def _listed(number: int, place: int) -> dict[str, Any]:
    item = shop.product(number)
    return {name: item[name] for name in ("item_id", "item_name", "item_category", "price")} | {
        "index": place
    }


def _worth(items: Items) -> Params:
    value = sum(item["price"] * item["quantity"] for item in items)
    return {"currency": "EUR", "value": round(value, 2)}
