"""Who is in the middle of signing in, or has, on this page: sessions of browsers, and codes not yet redeemed.

In memory: after a restart a browser has to sign in again, and tokens that were issued stay what they are.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest
from typing import Generic, TypeVar

from local_stack.sign_in.authorization import Asked
from local_stack.sign_in.tokens import Grant

SESSION_SECONDS = 3600  # as Cognito's cookie
CODE_SECONDS = 300
_Kept = TypeVar("_Kept")


@dataclass(frozen=True)
class Session:
    """A browser in which somebody typed the right password, or has just signed up."""

    pool_id: str
    username: str
    signed_in_at: int
    is_confirmed: bool


@dataclass(frozen=True)
class Ticket:
    """What stands behind an authorization code."""

    asked: Asked
    grant: Grant

    def is_for(self, client_id: str, redirect_uri: str, verifier: str) -> bool:
        """Say whether the code was issued to who brings it: PKCE's proof among other things."""
        digest = hashlib.sha256(verifier.encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        return (client_id, redirect_uri) == (
            self.asked.client_id,
            self.asked.redirect_uri,
        ) and compare_digest(proof, self.asked.challenge)


class Kept(Generic[_Kept]):
    """Things under names that nobody can guess, each for a while."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._things: dict[str, tuple[float, _Kept]] = {}

    def put(self, thing: _Kept) -> str:
        """Keep a thing and return its name."""
        now = self._clock()
        for name in [name for name, (until, _) in list(self._things.items()) if until < now]:
            self._things.pop(name, None)
        name = secrets.token_urlsafe(32)
        self._things[name] = (now + self._seconds, thing)
        return name

    def get(self, name: str | None) -> _Kept | None:
        """Return a thing that is still kept; it stays."""
        until, thing = self._things.get(name or "", (0.0, None))
        return thing if thing is not None and until >= self._clock() else None

    def take(self, name: str | None) -> _Kept | None:
        """Return a thing that is still kept, for the only time."""
        until, thing = self._things.pop(name or "", (0.0, None))
        return thing if thing is not None and until >= self._clock() else None
