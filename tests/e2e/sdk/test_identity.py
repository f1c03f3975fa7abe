"""Events belong to who signed in, proven by a token that the API checks, and to nobody without one."""

from __future__ import annotations

import pytest

from local_stack.state import StackState
from tests.e2e.sdk.conftest import Shop
from tests.e2e.sdk.test_delivery import TRACK, assert_stored_once
from tests.people import Person, new_person

IDENTIFY = "token => cloudworks.identify(token)"


@pytest.fixture(scope="module")
def person(api_stack: StackState) -> Person:
    return new_person(api_stack)


def owners(shop: Shop) -> dict[str, str | None]:
    """Return the stored events' names and whose they are."""
    return {line["event"]["event_name"]: line.get("user_id") for line in shop.stored()}


def test_events_of_who_signed_in_are_theirs_from_then_until_they_sign_out(shop: Shop, person: Person) -> None:
    token = person.access_token
    page = shop.open()
    page.evaluate(IDENTIFY, token)
    page.evaluate(TRACK, ["login", {}])
    page.evaluate(IDENTIFY, None)
    page.evaluate(TRACK, ["share", {}])
    shop.events("share")
    shop.events("login")
    assert owners(shop) == {"page_view": None, "login": person.user_id, "share": None}
    assert token not in page.evaluate("JSON.stringify(localStorage)")
    page.evaluate(IDENTIFY, token)
    page.evaluate(TRACK, ["sign_up", {}])
    page.close()
    shop.events("sign_up")
    assert owners(shop)["sign_up"] == person.user_id
    assert_stored_once(shop)


def test_token_that_is_no_longer_good_costs_no_event(shop: Shop, person: Person) -> None:
    page = shop.open()
    head, claims, signature = person.access_token.split(".")
    page.evaluate(IDENTIFY, f"{head}.{claims}.{signature[:-8]}AAAAAAAA")
    page.evaluate(TRACK, ["login", {}])
    shop.events("login")
    assert owners(shop)["login"] is None
    assert 401 in {one.status for one in shop.posts()}
    assert_stored_once(shop)
