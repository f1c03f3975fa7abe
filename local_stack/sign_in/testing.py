"""A sign-in page of its own for a test: no AWS API, no container, there in milliseconds.

    with served_pool([f"{shop_url}/"]) as people:
        ...  # people.url is what a storefront calls its `sign_in_url`

A stack's own page is at `StackState.sign_in_url`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from moto.cognitoidp.models import CognitoIdpBackend
from provision.resources.user_pool import PASSWORD_POLICY

from local_stack.aws.moto_types import Moto
from local_stack.sign_in.door import SignInDoor, serve
from local_stack.state import ACCOUNT_ID, HOST, free_ports

REGION = "eu-central-1"


@dataclass(frozen=True)
class ServedPool:
    """A pool and its only client; `pool` and `client` are moto's objects, to look into or to break."""

    url: str
    door: SignInDoor
    pool: Moto
    client: Moto

    @property
    def issuer(self) -> str:
        """Who the pool's tokens say that they are from."""
        return f"https://cognito-idp.{REGION}.amazonaws.com/{self.pool.id}"

    @property
    def keys(self) -> dict[str, Any]:
        """The public keys that the tokens are signed with, as a JSON Web Key Set."""
        return {"keys": [self.pool.json_web_key.as_dict(private=False)]}


@contextmanager
def served_pool(return_urls: Sequence[str]) -> Iterator[ServedPool]:
    """Yield a pool as provisioning makes it, whose client has these callback and sign-out addresses.

    Its keys are also at `/<pool id>/.well-known/jwks.json` there, as at the pool's own address.
    """
    backend = CognitoIdpBackend(REGION, ACCOUNT_ID)
    settings = {"UsernameAttributes": ["email"], "Policies": {"PasswordPolicy": PASSWORD_POLICY}}
    pool = backend.create_user_pool("people", {**settings, "AutoVerifiedAttributes": ["email"]})
    backend.create_user_pool_domain(pool.id, "people")
    client = backend.create_user_pool_client(pool.id, False, _client_settings(return_urls))
    (port,) = free_ports(1)
    people = ServedPool(f"http://{HOST}:{port}", SignInDoor(backend), pool, client)
    server = serve(_with_keys(people), port)
    try:
        yield people
    finally:
        server.stop()


def _client_settings(return_urls: Sequence[str]) -> dict[str, Any]:
    return {
        "ClientName": "storefront",
        "AllowedOAuthFlowsUserPoolClient": True,
        "AllowedOAuthFlows": ["code"],
        "AllowedOAuthScopes": ["email", "openid"],
        "CallbackURLs": list(return_urls),
        "LogoutURLs": list(return_urls),
    }


def _with_keys(people: ServedPool) -> Callable[..., Iterable[bytes]]:
    """Return the door with the pool's keys beside it."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != f"/{people.pool.id}/.well-known/jwks.json":
            return people.door(environ, start_response)
        body = json.dumps(people.keys).encode()
        start_response("200 OK", [("content-type", "application/json"), ("content-length", str(len(body)))])
        return [body]

    return answer
