"""Somebody with an account, and what they do at the sign-in page."""

from __future__ import annotations

import json
import time
from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.storefront.conftest import Shop
from tests.local_stack.visitor import Visitor, claims_of

EMAIL = "ada@shop.example"
TYPED = "Correct-horse-7-battery"
TOKENS = "storefront.tokens"


def type_account(page: Page, email: str = EMAIL) -> None:
    """Fill in and send the sign-in page's form, to sign in or to sign up."""
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(TYPED)
    page.locator("form button").click()


def sign_up(shop: Shop, page: Page, email: str = EMAIL) -> None:
    """Make an account, from a page of the shop that asks for one, and come back to that page."""
    page.get_by_role("button", name="Create an account").click()
    page.wait_for_url(f"{shop.api.people.url}/signup**")
    type_account(page, email)
    page.get_by_label("Confirmation code").fill("123456")
    page.get_by_role("button", name="Confirm").click()
    expect(page.locator("header a.person")).to_have_text("Account")


def signed_up(shop: Shop, path: str = "/account", email: str = EMAIL) -> Page:
    """Return a page of the shop on which somebody with a new account is signed in."""
    page = shop.open(path)
    sign_up(shop, page, email)
    return page


def signed_in(shop: Shop, path: str = "/account", email: str = EMAIL) -> Page:
    """Return a page of who has a new account and signed in, without the way over the sign-in page."""
    people = shop.api.people
    visitor = Visitor(people.url, people.client.id, f"{shop.url}/")
    found = visitor.tokens(visitor.sign_up(email, TYPED))
    page = shop.open("/robots.txt")
    change_tokens(
        page,
        userId=claims_of(found["id_token"])["sub"],
        email=email,
        accessToken=found["access_token"],
        refreshToken=found["refresh_token"],
        expiresAt=(time.time() + found["expires_in"]) * 1000,
    )
    return shop.open(path, page)


def tokens_of(page: Page) -> dict[str, Any] | None:
    """Return what the tab holds."""
    text = page.evaluate("key => sessionStorage.getItem(key)", TOKENS)
    found: dict[str, Any] | None = json.loads(text or "null")
    return found


def change_tokens(page: Page, **changed: object) -> None:
    """Change what the tab holds; the page that is loaded next finds it."""
    text = json.dumps({**(tokens_of(page) or {}), **changed})
    page.evaluate("([key, text]) => sessionStorage.setItem(key, text)", [TOKENS, text])


def user_id(shop: Shop, email: str = EMAIL) -> str:
    """Return the account's id."""
    users = shop.api.people.pool.users.values()
    (found,) = [user.id for user in users if user.attribute_lookup.get("email") == email]
    return str(found)
