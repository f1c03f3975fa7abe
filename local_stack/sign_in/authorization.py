"""What a client may ask for when it sends somebody here to sign in, and where people are sent back to. Pure.

Source: Cognito's developer guide, "The redirect and authorization endpoint" and "Logout endpoint".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")  # a SHA-256 in base64url

# an address of the deployed pages → what it is on this machine, if it is served here
Rename = Callable[[str], str]


class NoWayBackError(Exception):
    """The person can't be sent back, since nobody knows whether the address is the client's; says why."""


class SentBackError(Exception):
    """The client asked for what it can't have; it is told at its own address."""

    def __init__(self, url: str, fields: Mapping[str, str]) -> None:
        super().__init__(url, fields)
        self.url, self.fields = url, dict(fields)


@dataclass(frozen=True)
class Client:
    """What the pool says of one of its clients."""

    client_id: str
    callback_urls: Collection[str]
    logout_urls: Collection[str]
    scopes: Collection[str]
    has_code_flow: bool


@dataclass(frozen=True)
class Asked:
    """A request to sign somebody in that was found to be right."""

    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str
    state: str | None
    nonce: str | None


def asked_of(fields: Mapping[str, str], client: Client | None, on_this_machine: Rename) -> Asked:
    """Return what is asked for; NoWayBackError or SentBackError when the client can't have it."""
    client, redirect_uri = _client_and_way_back(fields, client, on_this_machine)
    state = fields.get("state")
    error = _error_in(fields, client)
    if error:
        raise SentBackError(redirect_uri, {"error": error, **({"state": state} if state else {})})
    return Asked(
        client_id=client.client_id,
        redirect_uri=redirect_uri,
        scopes=_scopes_of(fields, client),
        challenge=fields["code_challenge"],
        state=state,
        nonce=fields.get("nonce"),
    )


def signed_out_url(fields: Mapping[str, str], client: Client | None, on_this_machine: Rename) -> str:
    """Return where to go after signing out; NoWayBackError when it is not the client's."""
    if "client_id" not in fields:
        raise NoWayBackError("Required String parameter 'client_id' is not present")
    if client is None:
        raise NoWayBackError("invalid_client")
    url = fields.get("logout_uri")
    if url is None:
        raise NoWayBackError("Required String parameter 'logout_uri' is not present")
    if not is_known(url, client.logout_urls, on_this_machine):
        raise NoWayBackError("redirect_mismatch")
    return url


def is_known(url: str, known: Collection[str], on_this_machine: Rename) -> bool:
    """Say whether an address is one of the known, as it stands or as `on_this_machine` has it."""
    return url in known or url in {on_this_machine(one) for one in known}


def _client_and_way_back(
    fields: Mapping[str, str], client: Client | None, on_this_machine: Rename
) -> tuple[Client, str]:
    for name in ("client_id", "redirect_uri"):
        if not fields.get(name):
            raise NoWayBackError(f"Required String parameter '{name}' is not present")
    if client is None:
        raise NoWayBackError("invalid_client")
    if not is_known(fields["redirect_uri"], client.callback_urls, on_this_machine):
        raise NoWayBackError("redirect_mismatch")
    return client, fields["redirect_uri"]


def _error_in(fields: Mapping[str, str], client: Client) -> str | None:
    """Return OAuth's word for what is wrong; None when nothing is."""
    challenge = fields.get("code_challenge", "")
    if fields.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(challenge):
        return "invalid_request"
    if not fields.get("response_type"):
        return "invalid_request"
    if fields["response_type"] != "code" or not client.has_code_flow:
        return "unauthorized_client"
    scopes = _scopes_of(fields, client)
    # those that stand for attributes come with `openid` or not at all
    is_allowed = set(scopes) <= set(client.scopes) and ("openid" in scopes or "email" not in scopes)
    return None if scopes and is_allowed else "invalid_scope"


def _scopes_of(fields: Mapping[str, str], client: Client) -> tuple[str, ...]:
    """Return the scopes that are asked for, or all that the client may have when it names none."""
    named = fields.get("scope")
    return tuple(sorted(set(named.split() if named is not None else client.scopes)))
