"""Clients get tokens from the page that stands in for Cognito's, as Cognito gives them."""

import secrets
import time

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from local_stack.sign_in.testing import ServedPool
from local_stack.sign_in.visits import Kept
from tests.local_stack.conftest import SHOP, Visitors
from tests.local_stack.visitor import Visitor, claims_of, fields_of


def test_tokens_say_what_cognitos_say(people: ServedPool, visitor: Visitor, email: str) -> None:
    visitor.sign_up(email)
    answer = visitor.redeem(
        fields_of(visitor.get("/oauth2/authorize", nonce="n1").headers["location"])["code"]
    )
    found = answer.json()
    assert (found["token_type"], found["expires_in"]) == ("Bearer", 3600)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-store"
    keys = KeySet.import_key_set(
        requests.get(f"{people.url}/{people.pool.id}/.well-known/jwks.json", timeout=5).json()
    )
    access, identity = (
        jwt.decode(found[name], keys, algorithms=["RS256"]).claims for name in ("access_token", "id_token")
    )
    (user,) = [one for one in people.pool.users.values() if one.attribute_lookup["email"] == email]
    both = {"sub": user.id, "iss": people.issuer}
    assert both.items() <= access.items()
    assert both.items() <= identity.items()
    assert access["exp"] - access["iat"] == 3600
    only_access = {"token_use": "access", "client_id": people.client.id, "scope": "email openid"}
    assert only_access.items() <= access.items()
    assert access["username"] == user.id
    assert not {"aud", "email"} & access.keys()
    only_identity = {"token_use": "id", "aud": people.client.id, "nonce": "n1", "email": email}
    assert only_identity.items() <= identity.items()
    assert (identity["email_verified"], identity["cognito:username"]) == (True, user.id)
    assert not {"client_id", "scope"} & identity.keys()


def test_code_is_good_once(visitor: Visitor, email: str) -> None:
    code = fields_of(visitor.sign_up(email).headers["location"])["code"]
    assert visitor.redeem(code).status_code == 200
    again = visitor.redeem(code)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "x" * 43}, "invalid_grant"),
        ({"code_verifier": ""}, "invalid_request"),
        ({"redirect_uri": "http://127.0.0.1:9/other"}, "invalid_grant"),
        ({"client_id": "another"}, "invalid_client"),
        ({"client_id": ""}, "invalid_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"code": "guessed"}, "invalid_grant"),
    ],
)
def test_code_is_good_for_who_asked_for_it_only(
    visitor: Visitor, email: str, changes: dict[str, str], error: str
) -> None:
    code = fields_of(visitor.sign_up(email).headers["location"])["code"]
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": SHOP,
        "code_verifier": visitor.verifier,
        **changes,
    }
    answer = visitor.ask_token(**fields)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


def test_refresh_token_renews_until_it_is_revoked(people: ServedPool, visitor: Visitor, email: str) -> None:
    first = visitor.tokens(visitor.sign_up(email))
    renew = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = visitor.ask_token(**renew).json()
    assert second.keys() == first.keys() - {"refresh_token"}
    old, new = (claims_of(tokens["access_token"]) for tokens in (first, second))
    same = ("sub", "scope", "origin_jti", "auth_time")
    assert [old[name] for name in same] == [new[name] for name in same]
    assert old["jti"] != new["jti"]
    sent = {"client_id": people.client.id, "token": first["refresh_token"]}
    revoked = requests.post(f"{people.url}/oauth2/revoke", data=sent, timeout=5)
    assert (revoked.status_code, revoked.content) == (200, b"")
    assert "access-control-allow-origin" not in revoked.headers
    assert visitor.ask_token(**renew).json() == {"error": "invalid_grant"}
    bearer = {"authorization": f"Bearer {second['access_token']}"}
    assert requests.get(f"{people.url}/oauth2/userInfo", headers=bearer, timeout=5).status_code == 401


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_id": "another"}, 401, "invalid_client"),
        ({"token": ""}, 400, "invalid_request"),
        ({"token": "a.b.c"}, 400, "unsupported_token_type"),
    ],
)
def test_revocation_that_is_not_right_is_refused(
    people: ServedPool, changes: dict[str, str], status: int, error: str
) -> None:
    sent = {"client_id": people.client.id, "token": "t", **changes}
    answer = requests.post(f"{people.url}/oauth2/revoke", data=sent, timeout=5)
    assert (answer.status_code, answer.json()) == (status, {"error": error})


def test_who_was_signed_out_or_deleted_in_the_pool_gets_no_new_tokens(
    people: ServedPool, visitors: Visitors
) -> None:
    refused = []
    for end in ("sign out", "delete"):
        visitor = visitors()
        tokens = visitor.tokens(visitor.sign_up(f"{secrets.token_hex(6)}@shop.example"))
        user_id = claims_of(tokens["access_token"])["sub"]
        if end == "sign out":
            people.pool.sign_out(user_id)
        else:
            del people.pool.users[user_id]
        answer = visitor.ask_token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
        refused.append((answer.status_code, answer.json()))
    assert refused == [(400, {"error": "invalid_grant"})] * 2


def test_access_token_opens_its_owners_attributes_and_an_identity_token_does_not(
    people: ServedPool, visitor: Visitor, email: str
) -> None:
    tokens = visitor.tokens(visitor.sign_up(email))

    def ask(token: str) -> requests.Response:
        headers = {"authorization": f"Bearer {token}"}
        return requests.get(f"{people.url}/oauth2/userInfo", headers=headers, timeout=5)

    opened = ask(tokens["access_token"])
    user_id = claims_of(tokens["access_token"])["sub"]
    assert opened.json() == {"sub": user_id, "email": email, "email_verified": "true", "username": user_id}
    assert opened.headers["access-control-allow-origin"] == "*"
    head, body, signature = tokens["access_token"].split(".")
    for wrong in (tokens["id_token"], f"{head}.{body}.{signature[::-1]}", "x", ""):
        assert (ask(wrong).status_code, ask(wrong).json()) == (401, {"error": "invalid_token"})


def test_session_and_codes_are_forgotten_in_time() -> None:
    now = [100.0]
    kept: Kept[str] = Kept(10, clock=lambda: now[0])
    first, second = kept.put("a"), kept.put("b")
    assert (kept.get(first), kept.take(second), kept.take(second)) == ("a", "b", None)
    now[0] = 110.5
    assert (kept.get(first), kept.take(first), kept.get(None), kept.get("guess")) == (None,) * 4


def test_refresh_token_ends_with_its_time(people: ServedPool, visitor: Visitor, email: str) -> None:
    tokens = visitor.tokens(visitor.sign_up(email))
    origin = claims_of(tokens["access_token"])["origin_jti"]
    grants = people.pool.sign_in_grants
    grants[origin] = type(grants[origin])(
        **{**vars(grants[origin]), "signed_in_at": int(time.time()) - 31 * 86_400}
    )
    answer = visitor.ask_token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert answer.json() == {"error": "invalid_grant"}
