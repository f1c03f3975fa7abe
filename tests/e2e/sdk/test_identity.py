"""Events belong to who signed in, proven by a token that the API checks, and to nobody without one."""

from __future__ import annotations

import uuid

import pytest

from local_stack.demo_report import client
from local_stack.state import StackState
from tests.e2e.sdk.conftest import Shop
from tests.e2e.sdk.test_delivery import TRACK, assert_stored_once
from tests.integration.test_public_api import signed_in

IDENTIFY = "token => cloudworks.identify(token)"


@pytest.fixture(scope="module")
def person(api_stack: StackState) -> tuple[str, str]:
    """The id of a new account and its access token."""
    people = client(api_stack, "cognito-idp")
    (pool,) = people.list_user_pools(MaxResults=60)["UserPools"]
    (storefront,) = people.list_user_pool_clients(UserPoolId=pool["Id"])["UserPoolClients"]
    email, password = f"{uuid.uuid4()}@shop.example", f"Aa1-{uuid.uuid4()}"
    made = people.admin_create_user(
        UserPoolId=pool["Id"],
        Username=email,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
    )["User"]
    people.admin_set_user_password(UserPoolId=pool["Id"], Username=email, Password=password, Permanent=True)
    (user_id,) = [one["Value"] for one in made["Attributes"] if one["Name"] == "sub"]
    return user_id, signed_in(people, storefront["ClientId"], email)["AccessToken"]


def owners(shop: Shop) -> dict[str, str | None]:
    """Return the stored events' names and whose they are."""
    return {line["event"]["event_name"]: line.get("user_id") for line in shop.stored()}


def test_events_of_who_signed_in_are_theirs_from_then_until_they_sign_out(
    shop: Shop, person: tuple[str, str]
) -> None:
    user_id, token = person
    page = shop.open()
    page.evaluate(IDENTIFY, token)
    page.evaluate(TRACK, ["login", {}])
    page.evaluate(IDENTIFY, None)
    page.evaluate(TRACK, ["share", {}])
    shop.events("share")
    shop.events("login")
    assert owners(shop) == {"page_view": None, "login": user_id, "share": None}
    assert token not in page.evaluate("JSON.stringify(localStorage)")
    page.evaluate(IDENTIFY, token)
    page.evaluate(TRACK, ["sign_up", {}])
    page.close()
    shop.events("sign_up")
    assert owners(shop)["sign_up"] == user_id
    assert_stored_once(shop)


def test_token_that_is_no_longer_good_costs_no_event(shop: Shop, person: tuple[str, str]) -> None:
    _, token = person
    page = shop.open()
    head, claims, signature = token.split(".")
    page.evaluate(IDENTIFY, f"{head}.{claims}.{signature[:-8]}AAAAAAAA")
    page.evaluate(TRACK, ["login", {}])
    shop.events("login")
    assert owners(shop)["login"] is None
    assert 401 in {one.status for one in shop.posts()}
    assert_stored_once(shop)
