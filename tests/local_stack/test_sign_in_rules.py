"""What a client may ask the sign-in page for, and which addresses people are sent to."""

import pytest

from local_stack.sign_in.accounts import broken_rule, rules_of
from local_stack.sign_in.authorization import (
    Asked,
    Client,
    NoWayBackError,
    SentBackError,
    asked_of,
    is_known,
    signed_out_url,
)

SHOP = "https://d1.cloudfront.net/"
CLIENT = Client("c1", (SHOP,), (SHOP,), ("email", "openid"), has_code_flow=True)
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
FIELDS = {
    "client_id": "c1",
    "redirect_uri": SHOP,
    "response_type": "code",
    "scope": "openid email",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "state": "s1",
}


def with_changes(**changes: str | None) -> dict[str, str]:
    return {name: value for name, value in {**FIELDS, **changes}.items() if value is not None}


def test_right_request_is_taken_as_it_stands() -> None:
    assert asked_of(with_changes(nonce="n1"), CLIENT, str) == Asked(
        "c1", SHOP, ("email", "openid"), CHALLENGE, state="s1", nonce="n1"
    )


def test_client_that_names_no_scopes_gets_all_that_it_may_have() -> None:
    assert asked_of(with_changes(scope=None), CLIENT, str).scopes == ("email", "openid")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": "openid aws.cognito.signin.user.admin"}, "invalid_scope"),
        ({"scope": "email"}, "invalid_scope"),
        ({"scope": ""}, "invalid_scope"),
        ({"response_type": "token"}, "unauthorized_client"),
        ({"response_type": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": f"{CHALLENGE}\n"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_what_a_client_may_not_have_is_told_to_it_with_its_state(
    changes: dict[str, str | None], error: str
) -> None:
    with pytest.raises(SentBackError) as raised:
        asked_of(with_changes(**changes), CLIENT, str)
    assert (raised.value.url, raised.value.fields) == (SHOP, {"error": error, "state": "s1"})


@pytest.mark.parametrize(
    ("changes", "client", "reason"),
    [
        ({}, None, "invalid_client"),
        ({"client_id": None}, None, "'client_id' is not present"),
        ({"redirect_uri": None}, CLIENT, "'redirect_uri' is not present"),
        ({"redirect_uri": "https://evil.example/"}, CLIENT, "redirect_mismatch"),
        ({"redirect_uri": f"{SHOP}account"}, CLIENT, "redirect_mismatch"),
        ({"redirect_uri": SHOP.rstrip("/")}, CLIENT, "redirect_mismatch"),
        ({"redirect_uri": "http://127.0.0.1:1/"}, CLIENT, "redirect_mismatch"),
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_the_clients(
    changes: dict[str, str | None], client: Client | None, reason: str
) -> None:
    with pytest.raises(NoWayBackError, match=reason):
        asked_of(with_changes(**changes), client, str)


def test_what_is_served_here_stands_for_the_deployed_page_and_for_nothing_else() -> None:
    def here(url: str) -> str:
        return url.replace("https://d1.cloudfront.net", "http://127.0.0.1:20001")

    assert is_known("http://127.0.0.1:20001/", (SHOP,), here)
    assert is_known(SHOP, (SHOP,), here)
    others = ("http://127.0.0.1:20001", "http://127.0.0.1:20001/x", "http://127.0.0.1:200011/")
    assert not any(is_known(url, (SHOP,), here) for url in (*others, "http://127.0.0.1:20002/"))
    assert not is_known("http://127.0.0.1:20001/", ("https://other.example/",), here)


def test_signing_out_leads_to_the_clients_addresses_only() -> None:
    assert signed_out_url({"client_id": "c1", "logout_uri": SHOP}, CLIENT, str) == SHOP
    for fields, client in (
        ({"client_id": "c1", "logout_uri": "https://evil.example/"}, CLIENT),
        ({"client_id": "c1"}, CLIENT),
        ({"logout_uri": SHOP}, CLIENT),
        ({"client_id": "c1", "logout_uri": SHOP}, None),
    ):
        with pytest.raises(NoWayBackError):
            signed_out_url(fields, client, str)


def test_first_rule_that_a_password_breaks_is_named_in_cognitos_words() -> None:
    policy = {
        "MinimumLength": 14,
        "RequireLowercase": True,
        "RequireUppercase": True,
        "RequireNumbers": True,
        "RequireSymbols": True,
    }
    broken = {
        "Aa1-": "Password not long enough",
        "AAAA-AAAA-AAAA-1": "Password must have lowercase characters",
        "aaaa-aaaa-aaaa-1": "Password must have uppercase characters",
        "aaaa-AAAA-aaaa-a": "Password must have numeric characters",
        "aaaaAAAA1aaaaaaa": "Password must have symbol characters",
        "aaaa-AAAA-aaaa-1": None,
    }
    assert {password: broken_rule(policy, password) for password in broken} == broken
    assert rules_of(policy)[0] == "at least 14 characters"
    assert len(rules_of(policy)) == 5
