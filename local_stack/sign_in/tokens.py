"""Tokens of a sign-in on the pool's own page: made, renewed, taken back, and asked whose they are.

They are signed with the pool's keys and have the claims that Cognito gives them; an access token has the
scopes that were asked for and no others, while those of a sign-in through the pool's API always have
`aws.cognito.signin.user.admin`. Refresh tokens lie in the emulated pool, so that signing somebody out there
ends them. Source: Cognito's developer guide, "Understanding user pool JSON web tokens (JWTs)".
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
import uuid
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError

from local_stack.aws.moto_types import Moto
from local_stack.sign_in.accounts import Place, status_of

_SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
_DEFAULTS = {"Access": (60, "minutes"), "Id": (60, "minutes"), "Refresh": (30, "days")}
_ATTRIBUTES = {"email": ("email", "email_verified")}  # those that come with a scope besides `openid`


class TokenError(Exception):
    """Holds OAuth's word for why there is no token."""


@dataclass(frozen=True)
class Grant:
    """What one sign-in gave a client: of whom, for what, since when (Unix seconds)."""

    username: str
    scopes: tuple[str, ...]
    signed_in_at: int
    nonce: str | None = None


def first_tokens(place: Place, grant: Grant) -> dict[str, object]:
    """Return the tokens of a new sign-in, a refresh token among them."""
    origin, refresh_token = str(uuid.uuid4()), secrets.token_urlsafe(64)
    _grants(place.pool)[origin] = grant
    place.pool.refresh_tokens[refresh_token] = (place.client.id, grant.username, origin)
    return {**_tokens(place, grant, origin), "refresh_token": refresh_token}


def renewed_tokens(place: Place, refresh_token: str) -> dict[str, object]:
    """Return new access and identity tokens; TokenError when the refresh token does not hold (any more)."""
    client_id, _, origin = place.pool.refresh_tokens.get(refresh_token) or (None, None, "")
    grant = _grants(place.pool).get(origin)
    if grant is None or client_id != place.client.id:
        raise TokenError("invalid_grant")
    if grant.signed_in_at + seconds_of(place, "Refresh") < time.time():
        raise TokenError("invalid_grant")
    return _tokens(place, grant, origin)


def revoke(place: Place, refresh_token: str) -> None:
    """The refresh token, and what came of it, is no use here any more; TokenError when it is another sort."""
    if refresh_token.count(".") == 2:
        raise TokenError("unsupported_token_type")
    client_id, _, origin = place.pool.refresh_tokens.get(refresh_token) or (None, None, "")
    if client_id == place.client.id:
        del place.pool.refresh_tokens[refresh_token]
        _grants(place.pool).pop(origin, None)


def whose(backend: Moto, access_token: str) -> dict[str, str]:
    """Return the attributes that an access token opens; TokenError when it does not hold."""
    for pool in list(backend.user_pools.values()):
        try:
            claims = jwt.decode(access_token, pool.json_web_key, algorithms=["RS256"]).claims
        except (JoseError, ValueError):
            continue
        if claims.get("iss") != _issuer(pool) or claims.get("token_use") != "access":
            continue
        scopes = str(claims.get("scope", "")).split()
        user = pool.users.get(claims.get("username"))
        is_held = claims.get("origin_jti") in _grants(pool) and claims.get("exp", 0) > time.time()
        if user is not None and is_held and "openid" in scopes:
            named = _attributes(user, scopes)
            return {"sub": user.id, **named, "username": user.username}
    raise TokenError("invalid_token")


def seconds_of(place: Place, kind: str) -> int:
    """Return for how long the client's tokens of a kind (Access, Id, Refresh) are valid."""
    settings = place.client.extended_config
    number, unit = _DEFAULTS[kind]
    unit = (settings.get("TokenValidityUnits") or {}).get(f"{kind}Token") or (
        unit if kind == "Refresh" else "hours" if f"{kind}TokenValidity" in settings else unit
    )
    return int(settings.get(f"{kind}TokenValidity") or number) * _SECONDS[unit]


def _tokens(place: Place, grant: Grant, origin: str) -> dict[str, object]:
    user = place.pool.users.get(grant.username)
    if user is None or not user.enabled or status_of(user) != "CONFIRMED":
        raise TokenError("invalid_grant")
    access = _access_token(place, grant, user, origin)
    identity = {"id_token": _id_token(place, grant, user, origin, access)} if "openid" in grant.scopes else {}
    seconds = seconds_of(place, "Access")
    return {**identity, "access_token": access, "expires_in": seconds, "token_type": "Bearer"}


def _access_token(place: Place, grant: Grant, user: Moto, origin: str) -> str:
    return _signed(
        place,
        {
            **_claims(place, grant, user, origin),
            "token_use": "access",
            "client_id": place.client.id,
            "scope": " ".join(grant.scopes),
            "username": user.username,
            "version": 2,
        },
        seconds_of(place, "Access"),
    )


def _id_token(place: Place, grant: Grant, user: Moto, origin: str, access_token: str) -> str:
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    named = _attributes(user, grant.scopes)
    return _signed(
        place,
        {
            **_claims(place, grant, user, origin),
            **named,
            **({"email_verified": named["email_verified"] == "true"} if "email_verified" in named else {}),
            **({"nonce": grant.nonce} if grant.nonce else {}),
            "token_use": "id",
            "aud": place.client.id,
            "at_hash": base64.urlsafe_b64encode(half).decode().rstrip("="),
            "cognito:username": user.username,
        },
        seconds_of(place, "Id"),
    )


def _claims(place: Place, grant: Grant, user: Moto, origin: str) -> dict[str, Any]:
    """Return what both sorts of token say."""
    groups = sorted(group.group_name for group in user.groups)
    return {
        "sub": user.id,
        "iss": _issuer(place.pool),
        "origin_jti": origin,
        "event_id": str(uuid.uuid4()),
        "auth_time": grant.signed_in_at,
        **({"cognito:groups": groups} if groups else {}),
    }


def _signed(place: Place, claims: dict[str, Any], seconds: int) -> str:
    now, key = int(time.time()), place.pool.json_web_key
    times = {"iat": now, "exp": now + seconds, "jti": str(uuid.uuid4())}
    return jwt.encode({"kid": key.kid, "alg": "RS256"}, {**claims, **times}, key)


def _attributes(user: Moto, scopes: list[str] | tuple[str, ...]) -> dict[str, str]:
    """Return the attributes that the scopes open: with `openid` alone, all of them."""
    known = {name: str(value) for name, value in user.attribute_lookup.items() if name != "sub"}
    opened = [name for scope in scopes for name in _ATTRIBUTES.get(scope, ())]
    return {name: known[name] for name in opened if name in known} if opened else known


def _issuer(pool: Moto) -> str:
    return f"https://cognito-idp.{pool.region}.amazonaws.com/{pool.id}"


def _grants(pool: Moto) -> dict[str, Grant]:
    """Return the pool's grants by the first token's id; they are kept with the pool over a restart."""
    found: dict[str, Grant] = pool.__dict__.setdefault("sign_in_grants", {})
    return found
