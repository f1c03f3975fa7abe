"""Somebody who signs in through a client of the user pool, as with a storefront in a browser."""

import base64
import hashlib
import html
import json
import re
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

PASSWORD = "Aa1-long-enough-it-is"  # noqa: S105 - of accounts that tests make and nobody else has
TIMEOUT_SECONDS = 20


def proof_of(verifier: str) -> str:
    """Return PKCE's challenge for a verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def claims_of(token: str) -> dict[str, Any]:
    """Return what a token says, unchecked."""
    claims = token.split(".")[1]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    return found


def fields_of(url: str) -> dict[str, str]:
    """Return the fields of an address."""
    return dict(parse_qsl(urlsplit(url).query))


@dataclass
class Visitor:
    """A browser with cookies that never follows the way back to the client, and the client's secret part."""

    sign_in_url: str
    client_id: str
    redirect_uri: str
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    session: requests.Session = field(default_factory=requests.Session)

    def request_fields(self, **changes: str | None) -> dict[str, str]:
        """Return what the client asks with; a change to None leaves a field out."""
        fields = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": "openid email",
            "state": "s&=<1>",
            "code_challenge": proof_of(self.verifier),
            "code_challenge_method": "S256",
            **changes,
        }
        return {name: value for name, value in fields.items() if value is not None}

    def get(self, path: str, **changes: str | None) -> requests.Response:
        """Ask for a page with the client's fields; on to the page's own redirects, not to the client."""
        url = f"{self.sign_in_url}{path}"
        answer = self.session.get(
            url, params=self.request_fields(**changes), allow_redirects=False, timeout=TIMEOUT_SECONDS
        )
        return self._followed(answer)

    def submit(self, page: requests.Response, **fields: str) -> requests.Response:
        """Fill in the page's form and send it."""
        action = re.search(r'<form method="post" action="([^"]+)"', page.text)
        secret = re.search(r'name="_csrf" value="([^"]+)"', page.text)
        assert action
        assert secret
        answer = self.session.post(
            f"{self.sign_in_url}{html.unescape(action[1])}",
            data={"_csrf": html.unescape(secret[1]), **fields},
            allow_redirects=False,
            timeout=TIMEOUT_SECONDS,
        )
        return self._followed(answer)

    def sign_up(self, email: str, password: str = PASSWORD) -> requests.Response:
        """Make an account and return the way back to the client."""
        form = self.submit(self.get("/signup"), username=email, password=password)
        return self.submit(form, code="123456")

    def sign_in(self, email: str, password: str = PASSWORD, **changes: str | None) -> requests.Response:
        """Type address and password, and return what comes then."""
        return self.submit(self.get("/oauth2/authorize", **changes), username=email, password=password)

    def redeem(self, code: str, **changes: str) -> requests.Response:
        """Ask for the tokens of a code."""
        return self.ask_token(
            grant_type="authorization_code",
            code=code,
            redirect_uri=self.redirect_uri,
            code_verifier=self.verifier,
            **changes,
        )

    def tokens(self, way_back: requests.Response) -> dict[str, Any]:
        """Return the tokens of the code that is on its way to the client."""
        answer = self.redeem(fields_of(way_back.headers["location"])["code"])
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def ask_token(self, **fields: str) -> requests.Response:
        """Ask the token endpoint, without the browser's cookies."""
        sent = {"client_id": self.client_id, **fields}
        return requests.post(f"{self.sign_in_url}/oauth2/token", data=sent, timeout=TIMEOUT_SECONDS)

    def _followed(self, answer: requests.Response) -> requests.Response:
        """Go where the page leads within itself."""
        while answer.headers.get("location", "").startswith("/"):
            url = f"{self.sign_in_url}{answer.headers['location']}"
            answer = self.session.get(url, allow_redirects=False, timeout=TIMEOUT_SECONDS)
        return answer
