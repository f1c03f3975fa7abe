"""Checks a bearer token as an HTTP API's JWT authorizer does: signature, issuer, audience, time, scopes."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

KEYS_SECONDS = 300.0


class JwtAuthorizer:
    """Verifies tokens. An issuer's keys come from the emulated user pool and are kept for five minutes."""

    def __init__(self, endpoint_url: str) -> None:
        self._endpoint_url = endpoint_url
        self._keys: dict[str, tuple[float, KeySet]] = {}

    def check(
        self, authorizer: Mapping[str, Any], scopes: list[str], headers: Mapping[str, str]
    ) -> tuple[int, dict[str, Any]]:
        """Return 200 with the event's `jwt` part, or 401, or 403 when a scope is missing."""
        settings = authorizer["JwtConfiguration"]
        source = authorizer["IdentitySource"][0].rpartition(".")[2].lower()
        scheme, _, rest = headers.get(source, "").partition(" ")
        token = rest if scheme.lower() == "bearer" else scheme
        try:
            claims = self._claims(token, settings["Issuer"].rstrip("/"))
        except (JoseError, ValueError, OSError):
            return 401, {}
        audience = claims.get("aud") or claims.get("client_id")
        audiences = audience if isinstance(audience, list) else [audience]
        if not set(audiences) & set(settings["Audience"]):
            return 401, {}
        if scopes and not set(scopes) & set(str(claims.get("scope", "")).split()):
            return 403, {}
        texts = {name: _text(value) for name, value in claims.items()}
        return 200, {"claims": texts, "scopes": scopes or None}

    def _claims(self, token: str, issuer: str) -> dict[str, Any]:
        decoded = jwt.decode(token, self._keys_of(issuer), algorithms=["RS256"])
        registry = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": issuer}, exp={"essential": True}, now=int(time.time())
        )
        registry.validate(decoded.claims)
        return dict(decoded.claims)

    def _keys_of(self, issuer: str) -> KeySet:
        kept = self._keys.get(issuer)
        if kept is None or kept[0] < time.monotonic():
            url = f"{self._endpoint_url}/{issuer.rpartition('/')[2]}/.well-known/jwks.json"
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own loopback endpoint
                kept = (time.monotonic() + KEYS_SECONDS, KeySet.import_key_set(json.load(answer)))
            self._keys[issuer] = kept
        return kept[1]


def _text(value: object) -> str:
    """Return a claim as API Gateway hands it on: every value is a string."""
    if isinstance(value, list):
        return "[" + " ".join(str(item) for item in value) + "]"
    return value if isinstance(value, str) else json.dumps(value)
