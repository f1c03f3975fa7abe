"""What the shop tells of a visit: GA4's events with their parameters, each once, accepted by `ingest`."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Route, expect

from tests.e2e.storefront.conftest import Shop, wait_until
from tests.e2e.storefront.test_journeys import BOWL, add_bowl, many

ITEM = {
    "item_id": "kitchen-003",
    "item_name": "Stoneware Bowl",
    "item_brand": "Lehmgold",
    "item_category": "Kitchen",
    "price": 22,
}


def paths(shop: Shop, views: list[dict[str, Any]]) -> list[str]:
    return [view["page"]["url"].removeprefix(shop.url) for view in views]


def test_each_page_is_viewed_once_however_one_came_to_it(shop: Shop) -> None:
    page = shop.open()
    expect(page.locator("a.card")).to_have_count(23)
    page.get_by_role("link", name="Kitchen", exact=True).click()
    page.get_by_role("link", name="Stoneware Bowl").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stoneware Bowl")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kitchen")
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stoneware Bowl")
    views = shop.events(page, "page_view")
    assert paths(shop, views) == ["/", "/categories/Kitchen", BOWL, "/categories/Kitchen", BOWL]
    assert [view["page"]["title"] for view in views] == [
        "Hearthside",
        "Kitchen · Hearthside",
        "Stoneware Bowl · Hearthside",
        "Kitchen · Hearthside",
        "Stoneware Bowl · Hearthside",
    ]


def test_a_list_and_what_was_chosen_of_it_are_recorded(shop: Shop) -> None:
    page = shop.open("/categories/Kitchen")
    page.get_by_role("link", name="Stoneware Bowl").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stoneware Bowl")
    seen, chosen, viewed = shop.events(page, "view_item_list", "select_item", "view_item")
    list_names = {"item_list_id": "category:Kitchen", "item_list_name": "Kitchen"}
    for event in (seen, chosen):
        assert {name: event["params"][name] for name in list_names} == list_names
    assert [item["index"] for item in seen["items"]] == list(range(6))
    assert chosen["items"] == [{**ITEM, "index": 2}]
    assert viewed["items"] == [{**ITEM, "quantity": 1}]
    assert (viewed["params"]["currency"], viewed["params"]["value"]) == ("EUR", 22)
    assert viewed["page"]["url"] == shop.url + BOWL


def test_what_a_list_shows_later_is_recorded_then(shop: Shop) -> None:
    shop.api.products = many(30)
    page = shop.open()
    page.get_by_role("button", name="Show more").click()
    expect(page.locator("a.card")).to_have_count(30)
    lists = shop.events(page, "view_item_list")
    assert [[item["index"] for item in one["items"]] for one in lists] == [
        list(range(24)),
        list(range(24, 30)),
    ]


def test_the_cart_is_recorded_as_it_changes(shop: Shop) -> None:
    page = add_bowl(shop)
    page.get_by_role("link", name="your cart").click()
    expect(page.locator(".sum .price")).to_have_text("€22.00")
    for name, total in (("One more", "€44.00"), ("One more", "€66.00"), ("One less", "€44.00")):
        page.get_by_role("button", name=name).click()
        expect(page.locator(".sum .price")).to_have_text(total)
    page.get_by_role("button", name="Remove").click()
    events = shop.events(page, "add_to_cart", "remove_from_cart", "view_cart")
    told = [
        (one["event_name"], one["items"][0]["quantity"], one["params"]["value"], one["params"]["currency"])
        for one in events
    ]
    assert told == [
        ("add_to_cart", 1, 22, "EUR"),
        ("view_cart", 1, 22, "EUR"),
        ("add_to_cart", 1, 22, "EUR"),
        ("add_to_cart", 1, 22, "EUR"),
        ("remove_from_cart", 1, 22, "EUR"),
        ("remove_from_cart", 2, 44, "EUR"),
    ]
    assert events[0]["items"] == [{**ITEM, "quantity": 1}]


def test_a_search_is_recorded_with_what_it_found(shop: Shop) -> None:
    page = shop.open()
    for term in ("linen", "nothing-like-it"):
        page.get_by_label("Search products").fill(term)
        page.get_by_role("button", name="Search").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Results for “{term}”")
    expect(page.get_by_text("Nothing found. Fewer")).to_be_visible()
    events = shop.events(page, "search", "view_search_results")
    told = [(one["event_name"], one["params"]["search_term"], len(one.get("items", []))) for one in events]
    assert told == [
        ("search", "linen", 0),
        ("view_search_results", "linen", 2),
        ("search", "nothing-like-it", 0),
        ("view_search_results", "nothing-like-it", 0),
    ]


def test_an_empty_cart_is_not_viewed_as_one(shop: Shop) -> None:
    page = shop.open("/cart")
    expect(page.get_by_text("There is nothing in it yet.")).to_be_visible()
    names = [event["event_name"] for event in shop.events(page)]
    assert "page_view" in names
    assert "view_cart" not in names


def test_who_goes_on_before_the_sdk_is_there_still_came_from_where_they_came(shop: Shop) -> None:
    waiting: list[Route] = []
    shop.context.route(re.compile("/assets/sdk-"), lambda route: waiting.append(route))  # noqa: PLW0108 - Playwright marks the function
    page = shop.open("/?utm_source=newsletter&utm_medium=email")
    page.get_by_role("link", name="Kitchen", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kitchen")
    waiting[0].continue_()
    has_begun = "Object.keys(localStorage).some(key => key.startsWith('cloudworks.'))"
    wait_until(lambda: bool(page.evaluate(has_begun)), "the SDK at work")
    views = shop.events(page, "page_view")
    assert paths(shop, views) == ["/?utm_source=newsletter&utm_medium=email", "/categories/Kitchen"]
    assert [view["page"]["title"] for view in views] == ["Hearthside", "Kitchen · Hearthside"]
    assert views[1]["page"]["referrer"] == f"{shop.url}/?utm_source=newsletter&utm_medium=email"
