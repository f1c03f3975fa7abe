"""The stack's sign-in page shares the user pool's accounts, and the API lets in whom it gave a token."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError
from provision.resources.api_route import ACCESS_SCOPES

from local_stack import parts, stack
from local_stack.edge.jwt_authorizer import JwtAuthorizer
from local_stack.state import StackState, read
from local_stack.testing import private_stack
from tests.local_stack.estate import Estate
from tests.local_stack.visitor import PASSWORD, Visitor, claims_of, fields_of

DEPLOYED = "https://d111111abcdef8.cloudfront.net"
EMAIL = "someone@shop.example"


@pytest.fixture(scope="module")
def own_stack() -> Iterator[StackState]:
    """A stack of this module's own, since one of its tests stops it."""
    with private_stack(("aws",)) as running:
        yield running


@pytest.fixture
def estate(own_stack: StackState) -> Iterator[Estate]:
    made = Estate(own_stack)
    yield made
    made.remove()


def pool_with_client(estate: Estate, **settings: Any) -> tuple[str, str]:
    """Return the ids of a pool with a domain, and of its client whose pages are at the deployed address."""
    people, name = estate.client("cognito-idp"), estate.name("people")
    pool_id: str = people.create_user_pool(PoolName=name, UsernameAttributes=["email"])["UserPool"]["Id"]
    estate.after(lambda: people.delete_user_pool(UserPoolId=pool_id))
    people.create_user_pool_domain(Domain=name, UserPoolId=pool_id)
    estate.after(lambda: people.delete_user_pool_domain(Domain=name, UserPoolId=pool_id))
    wanted = {
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["email", "openid"],
        "CallbackURLs": [f"{DEPLOYED}/"],
        "LogoutURLs": [f"{DEPLOYED}/"],
        **settings,
    }
    made = people.create_user_pool_client(UserPoolId=pool_id, ClientName="shop", **wanted)
    return pool_id, made["UserPoolClient"]["ClientId"]


def account(estate: Estate, pool_id: str) -> str:
    """Return the id of an account as a script makes one."""
    people = estate.client("cognito-idp")
    made = people.admin_create_user(UserPoolId=pool_id, Username=EMAIL, MessageAction="SUPPRESS")["User"]
    people.admin_set_user_password(UserPoolId=pool_id, Username=EMAIL, Password=PASSWORD, Permanent=True)
    return str(made["Username"])


def distribution(estate: Estate, alias: str) -> None:
    """Make a distribution with a name that its owner chose."""
    front = estate.client("cloudfront")
    config = {
        "CallerReference": alias,
        "Comment": "",
        "Enabled": False,
        "Aliases": {"Quantity": 1, "Items": [alias]},
        "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "pages.example"}]},
        "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "https-only"},
    }
    made = front.create_distribution(DistributionConfig=config)
    found = front.get_distribution(Id=made["Distribution"]["Id"])
    estate.after(lambda: front.delete_distribution(Id=made["Distribution"]["Id"], IfMatch=found["ETag"]))


def test_who_has_an_account_in_the_pool_signs_in_and_the_authorizer_lets_them_in(estate: Estate) -> None:
    pool_id, client_id = pool_with_client(
        estate, AccessTokenValidity=5, TokenValidityUnits={"AccessToken": "minutes"}
    )
    user_id = account(estate, pool_id)
    visitor = Visitor(estate.stack.sign_in_url, client_id, f"{DEPLOYED}/")
    tokens = visitor.tokens(visitor.sign_in(EMAIL))
    claims = claims_of(tokens["access_token"])
    assert (claims["sub"], claims["exp"] - claims["iat"], tokens["expires_in"]) == (user_id, 300, 300)
    settings = {"Issuer": claims["iss"], "Audience": [client_id]}
    authorizer = {"JwtConfiguration": settings, "IdentitySource": ["$request.header.Authorization"]}
    check = JwtAuthorizer(estate.stack.aws_endpoint_url).check

    def status_of(name: str) -> int:
        return check(authorizer, list(ACCESS_SCOPES), {"authorization": f"Bearer {tokens[name]}"})[0]

    assert (status_of("access_token"), status_of("id_token")) == (200, 403)


def test_token_of_the_page_opens_no_call_of_the_pools_own_api(estate: Estate) -> None:
    """Those ask for a scope that the client may not have."""
    pool_id, client_id = pool_with_client(estate)
    account(estate, pool_id)
    visitor = Visitor(estate.stack.sign_in_url, client_id, f"{DEPLOYED}/")
    token = visitor.tokens(visitor.sign_in(EMAIL))["access_token"]
    with pytest.raises(ClientError, match="NotAuthorizedException"):
        estate.client("cognito-idp").get_user(AccessToken=token)


def test_who_signs_up_on_the_page_is_known_in_the_pool(estate: Estate) -> None:
    pool_id, client_id = pool_with_client(estate)
    visitor = Visitor(estate.stack.sign_in_url, client_id, f"{DEPLOYED}/")
    visitor.sign_up(EMAIL)
    found = estate.client("cognito-idp").admin_get_user(UserPoolId=pool_id, Username=EMAIL)
    attributes = {one["Name"]: one["Value"] for one in found["UserAttributes"]}
    assert (found["UserStatus"], attributes["email_verified"]) == ("CONFIRMED", "true")


def test_pool_signs_somebody_out_and_the_refresh_token_ends(estate: Estate) -> None:
    pool_id, client_id = pool_with_client(estate)
    user_id = account(estate, pool_id)
    visitor = Visitor(estate.stack.sign_in_url, client_id, f"{DEPLOYED}/")
    tokens = visitor.tokens(visitor.sign_in(EMAIL))
    estate.client("cognito-idp").admin_user_global_sign_out(UserPoolId=pool_id, Username=user_id)
    answer = visitor.ask_token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert answer.json() == {"error": "invalid_grant"}


def test_storefront_of_this_machine_takes_the_deployed_ones_place(estate: Estate) -> None:
    pool_id, client_id = pool_with_client(estate)
    account(estate, pool_id)
    visitor = Visitor(estate.stack.sign_in_url, client_id, f"{estate.stack.storefront_url}/")
    back = visitor.sign_in(EMAIL)
    assert back.headers["location"].startswith(f"{estate.stack.storefront_url}/?code=")
    assert visitor.tokens(back)["expires_in"] == 3600
    out = visitor.get("/logout", logout_uri=visitor.redirect_uri)
    assert out.headers["location"] == visitor.redirect_uri


def test_storefront_of_this_machine_stands_for_a_name_of_the_shops_own_when_it_is_a_distributions(
    estate: Estate,
) -> None:
    """Any other name is somebody else's."""
    chosen, other = (f"https://{estate.name('shop')}.example" for _ in range(2))
    distribution(estate, chosen.removeprefix("https://"))
    told = []
    for origin in (chosen, other):
        _, client_id = pool_with_client(estate, CallbackURLs=[f"{origin}/"])
        visitor = Visitor(estate.stack.sign_in_url, client_id, f"{estate.stack.storefront_url}/")
        page = visitor.get("/oauth2/authorize").text
        told.append([words in page for words in ("<h1>Sign in</h1>", "redirect_mismatch")])
    assert told == [[True, False], [False, True]]


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"AllowedOAuthFlows": ["implicit"]}, "unauthorized_client"),
        ({"AllowedOAuthFlowsUserPoolClient": False}, "unauthorized_client"),
        ({"GenerateSecret": True}, "invalid_client"),
    ],
)
def test_client_that_is_not_made_for_this_page_is_sent_away(
    estate: Estate, settings: dict[str, Any], error: str
) -> None:
    _, client_id = pool_with_client(estate, **settings)
    answer = Visitor(estate.stack.sign_in_url, client_id, f"{DEPLOYED}/").get("/oauth2/authorize")
    told = fields_of(answer.headers.get("location", "")).get("error", answer.text)
    assert error in told


def test_pool_without_a_domain_has_no_page(estate: Estate) -> None:
    pool_id, client_id = pool_with_client(estate)
    people = estate.client("cognito-idp")
    name = people.describe_user_pool(UserPoolId=pool_id)["UserPool"]["Domain"]
    people.delete_user_pool_domain(Domain=name, UserPoolId=pool_id)
    estate.after(lambda: people.create_user_pool_domain(Domain=name, UserPoolId=pool_id))
    answer = Visitor(estate.stack.sign_in_url, client_id, f"{DEPLOYED}/").get("/oauth2/authorize")
    assert "invalid_client" in answer.text


def test_refresh_tokens_outlive_a_stop_of_the_stack(own_stack: StackState) -> None:
    estate = Estate(own_stack)
    pool_id, client_id = pool_with_client(estate)
    account(estate, pool_id)
    visitor = Visitor(own_stack.sign_in_url, client_id, f"{DEPLOYED}/")
    tokens = visitor.tokens(visitor.sign_in(EMAIL))
    stack.stop(own_stack, lambda _line: None)
    with pytest.raises(requests.ConnectionError):
        visitor.get("/login")
    parts.start_python_part(read(own_stack.directory) or own_stack, "aws")
    renewed = visitor.ask_token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]).json()
    assert claims_of(renewed["access_token"])["sub"] == claims_of(tokens["access_token"])["sub"]
    assert claims_of(renewed["access_token"])["iat"] <= int(time.time())
    estate.remove()
