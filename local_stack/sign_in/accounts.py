"""The emulated pool's clients and accounts, as its sign-in page uses them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

from moto.cognitoidp.exceptions import InvalidParameterException, InvalidPasswordException

from local_stack.aws.moto_types import Moto
from local_stack.sign_in.authorization import Client

MOST_EMAIL_CHARACTERS = 128
_CODE = re.compile(r"[0-9]{6}")
_RULES = (
    ("RequireLowercase", r"[a-z]", "a lowercase letter", "lowercase"),
    ("RequireUppercase", r"[A-Z]", "an uppercase letter", "uppercase"),
    ("RequireNumbers", r"[0-9]", "a number", "numeric"),
    ("RequireSymbols", r"[^A-Za-z0-9\s]", "a symbol", "symbol"),
)


class AccountError(Exception):
    """What the person is told, and may mend."""


@dataclass(frozen=True)
class Place:
    """A client, and the pool whose people sign in through it: moto's objects."""

    pool: Moto
    client: Moto

    @property
    def as_client(self) -> Client:
        """What the pool says of the client."""
        settings = self.client.extended_config
        has_flows = bool(settings.get("AllowedOAuthFlowsUserPoolClient"))
        return Client(
            client_id=self.client.id,
            callback_urls=tuple(settings.get("CallbackURLs") or ()),
            logout_urls=tuple(settings.get("LogoutURLs") or ()),
            scopes=tuple(settings.get("AllowedOAuthScopes") or ()),
            has_code_flow=has_flows and "code" in (settings.get("AllowedOAuthFlows") or ()),
        )


def place_of(backend: Moto, client_id: str | None) -> Place | None:
    """Return where a client belongs; None unless a pool with a domain has it, and it has no secret."""
    with_domain = {domain.user_pool_id for domain in backend.user_pool_domains.values()}
    for pool in list(backend.user_pools.values()):
        client = pool.clients.get(client_id)
        if client is not None and pool.id in with_domain and not client.generate_secret:
            return Place(pool, client)
    return None


def account_of(place: Place, email: str) -> Moto | None:
    """Return the account with this address, in small or capital letters; None when there is none."""
    for user in list(place.pool.users.values()):
        names = (user.attribute_lookup.get("email"), user.username)
        if email.strip().casefold() in [name.casefold() for name in names if name]:
            return user
    return None


def signed_in(place: Place, email: str, password: str) -> Moto:
    """Return the account whose password this is, confirmed or not; otherwise an AccountError.

    Whether an account exists is not told.
    """
    user: Moto = account_of(place, email)
    known = str(user.password or "") if user is not None else ""
    if not known or not compare_digest(known.encode(), password.encode()):
        raise AccountError("Incorrect username or password.")
    if not user.enabled:
        raise AccountError("User is disabled.")
    if status_of(user) not in ("CONFIRMED", "UNCONFIRMED"):
        raise AccountError(
            f"The account's password must be set anew (it is {status_of(user)}), and can't be on this page. "
            "Next: aws cognito-idp admin-set-user-password --permanent"
        )
    return user


def signed_up(backend: Moto, place: Place, email: str, password: str) -> Moto:
    """Return a new account that waits for its code; an AccountError says what stands against it."""
    email = email.strip()
    if account_of(place, email) is not None:
        raise AccountError("An account with the given email already exists.")
    broken = broken_rule(password_policy(place), password)
    if broken:
        raise AccountError(f"Password did not conform with policy: {broken}")
    if len(email) > MOST_EMAIL_CHARACTERS:
        raise AccountError("Username should be an email.")
    try:
        user, _ = backend.sign_up(place.client.id, email, password, [{"Name": "email", "Value": email}])
    except InvalidParameterException as error:
        raise AccountError("Username should be an email.") from error
    except InvalidPasswordException as error:  # rules of moto's own: fewer than 99 characters
        raise AccountError("Password did not conform with policy: Password too long") from error
    return user


def confirm(backend: Moto, place: Place, user: Moto, code: str) -> None:
    """The account and its address are confirmed; an AccountError unless the code is six digits."""
    if not _CODE.fullmatch(code.strip()):
        raise AccountError("Invalid verification code provided, please try again.")
    backend.confirm_sign_up(place.client.id, user.username)
    user.update_attributes([{"Name": "email_verified", "Value": "true"}])


def status_of(user: Moto) -> str:
    """Return an account's status in Cognito's words."""
    return str(getattr(user.status, "value", user.status))


def password_policy(place: Place) -> Mapping[str, Any]:
    """Return the pool's rules for passwords, as its settings have them."""
    return dict((place.pool.extended_config.get("Policies") or {}).get("PasswordPolicy") or {})


def broken_rule(policy: Mapping[str, Any], password: str) -> str | None:
    """Return the first rule that a password breaks, in Cognito's words; None when it keeps them all."""
    if len(password) < policy.get("MinimumLength", 8):
        return "Password not long enough"
    for setting, pattern, _, word in _RULES:
        if policy.get(setting) and not re.search(pattern, password):
            return f"Password must have {word} characters"
    return None


def rules_of(policy: Mapping[str, Any]) -> list[str]:
    """Return what a password must have, for people."""
    named = [said for setting, _, said, _ in _RULES if policy.get(setting)]
    return [f"at least {policy.get('MinimumLength', 8)} characters", *named]
