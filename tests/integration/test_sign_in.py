"""Tokens of the pool's own page at the provisioned API: who signed in there is let in, all else is refused.

`test_orders.py` has the tokens of a sign-in through the pool's API; a storefront gets the ones of here.
"""

import base64
import hmac
import json
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import requests
from joserfc import jwt
from joserfc.jwk import RSAKey
from moto.utilities.utils import load_resource

from local_stack.demo_report import client
from local_stack.state import OLTP, StackState
from tests.integration.conftest import Demo
from tests.integration.test_orders import POOLS_KEY, statuses
from tests.integration.test_pipeline import batch, new_event
from tests.local_stack.visitor import Visitor, claims_of

NOT_LET_IN = [401, 401, 401]


@pytest.fixture(scope="module")
def tokens(demo_run: Demo) -> Iterator[dict[str, Any]]:
    """The tokens of somebody who signed up on the page and came back to the storefront of this machine."""
    pool, storefront = pool_and_client(demo_run.stack)
    found = tokens_through(demo_run.stack, storefront)
    yield found
    user_id = claims_of(found["access_token"])["sub"]
    with psycopg.connect(demo_run.stack.dsn("owner", OLTP), autocommit=True) as owner:
        owner.execute("delete from shop.orders where customer_id = %s", [user_id])
    client(demo_run.stack, "cognito-idp").admin_delete_user(UserPoolId=pool, Username=user_id)


def pool_and_client(stack: StackState) -> tuple[str, str]:
    """Return the ids of the shop's pool and of its client, as they were provisioned."""
    people = client(stack, "cognito-idp")
    (pool,) = people.list_user_pools(MaxResults=60)["UserPools"]
    (storefront,) = people.list_user_pool_clients(UserPoolId=pool["Id"])["UserPoolClients"]
    return str(pool["Id"]), str(storefront["ClientId"])


def tokens_through(stack: StackState, client_id: str) -> dict[str, Any]:
    """Return the tokens of a new account that signed up through a client."""
    visitor = Visitor(stack.sign_in_url, client_id, f"{stack.storefront_url}/")
    return visitor.tokens(visitor.sign_up(f"{uuid.uuid4()}@shop.example"))


@contextmanager
def another_client(stack: StackState, pool_id: str) -> Iterator[str]:
    """Yield a client of the pool that is not the storefront's, and may have the same tokens."""
    people = client(stack, "cognito-idp")
    made = people.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="another",
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["email", "openid"],
        CallbackURLs=[f"{stack.storefront_url}/"],
    )["UserPoolClient"]["ClientId"]
    try:
        yield str(made)
    finally:
        people.delete_user_pool_client(UserPoolId=pool_id, ClientId=made)


@contextmanager
def another_pool(stack: StackState) -> Iterator[str]:
    """Yield a pool with an address that is not the shop's."""
    people, name = client(stack, "cognito-idp"), f"other-{uuid.uuid4().hex[:8]}"
    pool = people.create_user_pool(PoolName=name, UsernameAttributes=["email"])["UserPool"]["Id"]
    people.create_user_pool_domain(Domain=name, UserPoolId=pool)
    try:
        yield str(pool)
    finally:
        people.delete_user_pool_domain(Domain=name, UserPoolId=pool)
        people.delete_user_pool(UserPoolId=pool)


def signed(claims: dict[str, Any], key: RSAKey) -> str:
    """Return a token that says it was signed by the pool."""
    return jwt.encode({"alg": "RS256", "kid": pools_key().kid}, claims, key)


def signed_with_the_public_key(claims: dict[str, Any]) -> str:
    """Return a token whose signature is right for who takes the pool's public key for a shared secret."""
    head = {"alg": "HS256", "kid": pools_key().kid}
    text = ".".join(in_base64(json.dumps(part).encode()) for part in (head, claims))
    proof = hmac.digest(pools_key().as_pem(private=False), text.encode(), "sha256")
    return f"{text}.{in_base64(proof)}"


def in_base64(part: bytes) -> str:
    """Return bytes as tokens write them."""
    return base64.urlsafe_b64encode(part).decode().rstrip("=")


def pools_key() -> RSAKey:
    """Return the key that the emulator's pools sign with."""
    return RSAKey.import_key(load_resource(POOLS_KEY))


def without(token: str, *names: str) -> str:
    """Return the token as the pool would have signed it without some of its claims."""
    claims = {name: value for name, value in claims_of(token).items() if name not in names}
    return signed(claims, pools_key())


def test_who_signed_in_on_the_page_orders(demo_run: Demo, tokens: dict[str, Any]) -> None:
    assert statuses(demo_run, tokens["access_token"]) == [201, 200, 404]
    answer = requests.post(
        f"{demo_run.stack.api_url}/v1/events/me",
        data=batch(new_event()),
        headers={"content-type": "application/json", "authorization": f"Bearer {tokens['access_token']}"},
        timeout=30,
    )
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)


def test_token_has_no_scope_that_the_client_may_not_ask_for(tokens: dict[str, Any]) -> None:
    assert claims_of(tokens["access_token"])["scope"] == "email openid"


def test_forged_tokens_are_refused(demo_run: Demo, tokens: dict[str, Any]) -> None:
    token = tokens["access_token"]
    claims, head = claims_of(token), token.split(".")[0]
    other = json.dumps({**claims, "sub": str(uuid.uuid4())}).encode()
    changed = in_base64(other)
    refused = {
        "a key of one's own": signed(claims, RSAKey.generate_key(2048)),
        "the public key as a secret": signed_with_the_public_key(claims),
        "another person": f"{head}.{changed}.{token.rpartition('.')[2]}",
        "no signature": f"{head}.{token.split('.')[1]}.",
        "a refresh token": tokens["refresh_token"],
    }
    assert {name: statuses(demo_run, one) for name, one in refused.items()} == dict.fromkeys(
        refused, NOT_LET_IN
    )


def test_token_that_is_over_or_says_not_until_when_it_holds_is_refused(
    demo_run: Demo, tokens: dict[str, Any]
) -> None:
    claims, now = claims_of(tokens["access_token"]), int(time.time())
    over = signed({**claims, "iat": now - 7200, "exp": now - 1}, pools_key())
    assert statuses(demo_run, over) == NOT_LET_IN
    assert statuses(demo_run, without(tokens["access_token"], "exp")) == NOT_LET_IN


def test_token_of_another_client_or_pool_is_refused(demo_run: Demo) -> None:
    pool, _ = pool_and_client(demo_run.stack)
    with another_client(demo_run.stack, pool) as made:
        assert statuses(demo_run, tokens_through(demo_run.stack, made)["access_token"]) == NOT_LET_IN
    with another_pool(demo_run.stack) as other, another_client(demo_run.stack, other) as made:
        found = tokens_through(demo_run.stack, made)
        assert statuses(demo_run, found["access_token"]) == NOT_LET_IN
        assert statuses(demo_run, found["id_token"]) == NOT_LET_IN


def test_identity_token_and_one_without_scopes_open_no_api(demo_run: Demo, tokens: dict[str, Any]) -> None:
    assert statuses(demo_run, tokens["id_token"]) == [403, 403, 403]
    assert statuses(demo_run, without(tokens["access_token"], "scope")) == [403, 403, 403]


def test_renewed_token_is_of_the_same_person(demo_run: Demo, tokens: dict[str, Any]) -> None:
    _, storefront = pool_and_client(demo_run.stack)
    visitor = Visitor(demo_run.stack.sign_in_url, storefront, f"{demo_run.stack.storefront_url}/")
    renewed = visitor.ask_token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()
    assert claims_of(renewed["access_token"])["sub"] == claims_of(tokens["access_token"])["sub"]
    assert statuses(demo_run, renewed["access_token"]) == [201, 200, 404]
