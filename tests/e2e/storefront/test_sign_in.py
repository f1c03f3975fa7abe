"""Signing in and up at the user pool's own page, and what of it stays in the browser and in events."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.storefront.conftest import Shop, wait_until
from tests.e2e.storefront.customer import (
    change_tokens,
    sign_up,
    signed_in,
    signed_up,
    tokens_of,
    type_account,
    user_id,
)
from tests.e2e.storefront.ordering import pumped
from tests.e2e.storefront.test_journeys import BOWL, add_bowl

HOUR_MS = 3_600_000


def account_link(page: Page) -> None:
    expect(page.locator("header a.person")).to_have_text("Account")


def sign_in_button(page: Page) -> None:
    expect(page.locator("header button.person")).to_have_text("Sign in")


def alert(page: Page, text: str) -> None:
    expect(page.get_by_role("alert")).to_contain_text(text)


def test_who_signs_up_comes_back_signed_in(shop: Shop) -> None:
    page = signed_up(shop)
    expect(page.get_by_text("Signed in as ada@shop.example")).to_be_visible()
    expect(page.get_by_text("You have ordered nothing yet.")).to_be_visible()
    assert page.url == f"{shop.url}/account"
    page.reload()
    expect(page.get_by_text("Signed in as ada@shop.example")).to_be_visible()


def test_signing_in_leads_back_to_where_one_was_with_the_cart(shop: Shop) -> None:
    signed_up(shop).get_by_role("button", name="Sign out").click()
    page = add_bowl(shop)
    shop.open("/search?q=linen", page)
    page.locator("header button.person").click()
    page.wait_for_url(f"{shop.api.people.url}/login**")
    type_account(page)
    account_link(page)
    assert page.url == f"{shop.url}/search?q=linen"
    expect(page.locator("a.card")).to_have_count(2)
    expect(page.locator("header .count")).to_have_text("1")


def test_events_say_who_signed_in_and_never_what_proves_it(shop: Shop) -> None:
    page = shop.open("/account")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    sign_up(shop, page)
    expect(page.get_by_text("You have ordered nothing yet.")).to_be_visible()
    tokens = tokens_of(page)
    (answer,) = [url for url in asked if url.startswith(f"{shop.url}/?code=")]
    codes = re.findall(r"[?&](?:code|state)=([^&]+)", answer)
    page.get_by_role("link", name="See everything there is").click()
    expect(page.locator("a.card").first).to_be_visible()
    signed = shop.events(page, "sign_up", "login")
    assert [(one["event_name"], one["params"]["method"]) for one in signed] == [("sign_up", "Cognito")]
    lines = shop.api.lines()
    owners = {line["event"]["event_name"]: line.get("user_id") for line in lines}
    assert owners["sign_up"] == owners["view_item_list"] == user_id(shop)
    stored = json.dumps(lines)
    assert tokens
    assert len(codes) == 2
    secrets = [*codes, tokens["accessToken"], tokens["refreshToken"], tokens["email"]]
    assert [secret for secret in secrets if secret in stored] == []
    assert shop.api.people.url not in stored, "the sign-in page is nobody's source"


def test_login_is_told_from_signing_up(shop: Shop) -> None:
    signed_up(shop).get_by_role("button", name="Sign out").click()
    page = shop.open()
    page.locator("header button.person").click()
    type_account(page)
    account_link(page)
    names = [one["event_name"] for one in shop.events(page, "sign_up", "login")]
    assert sorted(names) == ["login", "sign_up"]


def test_all_tabs_know_who_signed_in_and_out(shop: Shop) -> None:
    one, other = shop.open("/account"), shop.open(BOWL)
    sign_up(shop, one)
    account_link(other)
    late = shop.open()
    account_link(late)
    held = tokens_of(late)
    assert held
    one.get_by_role("button", name="Sign out").click()
    one.wait_for_url(f"{shop.url}/")
    for page in (one, other, late):
        sign_in_button(page)
        assert tokens_of(page) is None
    one.locator("header button.person").click()
    expect(one.get_by_label("Password")).to_be_visible()
    known = shop.api.people.pool.refresh_tokens
    wait_until(lambda: held["refreshToken"] not in known, "the token is revoked")


def test_what_is_kept_of_signing_in_is_in_the_tab_alone(shop: Shop) -> None:
    page = signed_up(shop)
    tokens = tokens_of(page)
    assert tokens
    elsewhere = page.evaluate("JSON.stringify(localStorage) + document.cookie")
    assert [name for name in ("accessToken", "refreshToken", "email") if tokens[name] in elsewhere] == []
    assert "verifier" not in page.evaluate("JSON.stringify(sessionStorage)")


@pytest.mark.parametrize("query", ["code=c&state=s", "error=access_denied&state=s"])
def test_an_answer_that_nobody_asked_for_signs_nobody_in(shop: Shop, query: str) -> None:
    page = shop.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    shop.open(f"/?{query}", page)
    alert(page, "You were not signed in")
    sign_in_button(page)
    assert page.url == f"{shop.url}/"
    assert not any(url.startswith(shop.api.people.url) for url in asked)
    views = shop.events(page, "page_view")
    assert [view["page"]["url"] for view in views] == [f"{shop.url}/"]


def test_an_answer_with_another_state_is_not_ours(shop: Shop) -> None:
    page = shop.open(BOWL)
    page.locator("header button.person").click()
    expect(page.get_by_label("Password")).to_be_visible()
    shop.open("/?code=c&state=of-somebody-else", page)
    alert(page, "it was not this tab that asked")
    sign_in_button(page)
    page.get_by_role("link", name="Kitchen", exact=True).click()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_an_answer_that_nobody_asked_for_changes_nothing_for_who_is_signed_in(shop: Shop) -> None:
    page = signed_in(shop)
    shop.open("/?code=c&state=s", page)
    expect(page.locator("a.card").first).to_be_visible()
    account_link(page)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_who_gives_up_at_the_sign_in_page_is_told_and_is_where_they_were(shop: Shop) -> None:
    page = shop.open(BOWL)
    page.locator("header button.person").click()
    expect(page.get_by_label("Password")).to_be_visible()
    (state,) = re.findall(r"[?&]state=([^&]+)", page.url)
    shop.open(f"/?error=access_denied&state={state}", page)
    alert(page, "You were not signed in. Your cart is safe")
    assert page.url == shop.url + BOWL
    expect(page.get_by_role("heading", level=1)).to_have_text("Stoneware Bowl")


def test_a_sign_in_page_without_answer_is_said_to_be_so(shop: Shop) -> None:
    page = shop.open(BOWL)
    page.route("**/oauth2/token", lambda route: route.abort())
    page.get_by_role("button", name="Add to cart").click()
    shop.open("/account", page)
    page.get_by_role("button", name="Create an account").click()
    type_account(page)
    page.get_by_label("Confirmation code").fill("123456")
    page.get_by_role("button", name="Confirm").click()
    alert(page, "You were not signed in. Your cart is safe")
    expect(page.locator("header .count")).to_have_text("1")
    page.unroute("**/oauth2/token")
    page.locator("header button.person").click()  # the sign-in page knows them already
    account_link(page)


def test_a_shop_that_was_published_without_sign_in_says_so_and_sells(shop: Shop) -> None:
    told = json.loads(shop.files["config.json"])
    shop.files["config.json"] = json.dumps({"api_url": told["api_url"]}).encode()
    page = add_bowl(shop)
    page.locator("header button.person").click()
    alert(page, "Signing in does not work at the moment")
    expect(page.locator("header .count")).to_have_text("1")


def test_a_token_is_renewed_before_it_ends(shop: Shop) -> None:
    page = signed_in(shop)
    before = tokens_of(page)
    assert before
    change_tokens(page, expiresAt=page.evaluate("Date.now()") + 90_000)
    with page.expect_request(lambda request: "/oauth2/token" in request.url):
        page.reload()
    in_long = page.evaluate("Date.now()") + HOUR_MS / 2
    wait_until(lambda: (tokens_of(page) or before)["expiresAt"] > in_long, "the token is renewed")
    after = tokens_of(page)
    assert after
    assert after["refreshToken"] == before["refreshToken"]
    assert after["userId"] == user_id(shop)


def test_a_token_that_ended_is_renewed_and_the_orders_are_shown(shop: Shop) -> None:
    page = signed_in(shop)
    change_tokens(page, expiresAt=1, accessToken="e.e.e")
    page.reload()
    expect(page.get_by_text("You have ordered nothing yet.")).to_be_visible()


def test_a_clock_that_is_wrong_by_days_keeps_nobody_out(shop: Shop) -> None:
    page = shop.new_page()
    page.clock.install(time="2027-02-01T00:00:00Z")
    shop.open("/account", page)
    sign_up(shop, page)
    expect(page.get_by_text("You have ordered nothing yet.")).to_be_visible()


def refuse(route: Route) -> None:
    route.fulfill(
        status=400,
        json={"error": "invalid_grant"},
        headers={"access-control-allow-origin": "*"},
    )


def test_who_may_not_renew_is_signed_out(shop: Shop) -> None:
    page = signed_in(shop)
    page.route("**/oauth2/token", refuse)
    change_tokens(page, expiresAt=1)
    page.reload()
    sign_in_button(page)
    expect(page.get_by_text("Sign in to see your orders.")).to_be_visible()
    assert tokens_of(page) is None


def test_a_sign_in_page_that_is_too_busy_to_renew_signs_nobody_out(shop: Shop) -> None:
    page = signed_in(shop)
    busy = {"status": 429, "json": {"error": "slow_down"}, "headers": {"access-control-allow-origin": "*"}}
    page.route("**/oauth2/token", lambda route: route.fulfill(**busy))
    change_tokens(page, expiresAt=1)
    page.reload()
    alert(page, "your orders could not be loaded")
    account_link(page)
    # pressed while it can't succeed: afterwards the page may try by itself first, and the button is gone
    page.get_by_role("button", name="Try again").click()
    account_link(page)
    page.unroute("**/oauth2/token")
    page.reload()
    expect(page.get_by_text("You have ordered nothing yet.")).to_be_visible()


def test_a_renewal_that_comes_late_signs_nobody_in_again(shop: Shop) -> None:
    page = signed_in(shop)
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route("**/oauth2/token", hold)
    change_tokens(page, expiresAt=1)
    page.reload()
    wait_until(lambda: pumped(page) and bool(waiting), "a renewal is on its way")
    other = shop.open("/account")
    other.get_by_role("button", name="Sign out").click()
    sign_in_button(page)
    waiting[0].continue_()
    page.wait_for_timeout(500)
    assert tokens_of(page) is None
    sign_in_button(page)


def test_a_token_that_the_api_no_longer_takes_is_renewed(shop: Shop) -> None:
    page = signed_in(shop)
    change_tokens(page, accessToken="e.e.e")
    page.reload()
    expect(page.get_by_text("You have ordered nothing yet.")).to_be_visible()
    tokens = tokens_of(page)
    assert tokens
    assert tokens["accessToken"] != "e.e.e"
    assert tokens["expiresAt"] > page.evaluate("Date.now()") + HOUR_MS / 2
