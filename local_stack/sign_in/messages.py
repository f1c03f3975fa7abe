"""Requests to the sign-in page and its answers, apart from WSGI. Pure but for reading the request's body."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode

MOST_BODY_BYTES = 64 * 1024
MOST_FIELDS = 50
FORM = "application/x-www-form-urlencoded"
NOT_STORED = ("cache-control", "no-store")


class TooLargeError(Exception):
    """The body is larger than any form here can be."""


@dataclass(frozen=True)
class Request:
    """One request: fields of the address and of the form by name, header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """One answer; headers may come several times, as cookies do."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def status_line(self) -> str:
        """The status as WSGI wants it."""
        return f"{self.status} {HTTPStatus(self.status).phrase}"

    def with_headers(self, *more: tuple[str, str]) -> Answer:
        """Return this answer with more headers."""
        return replace(self, headers=(*self.headers, *more))


def request_of(environ: Mapping[str, Any]) -> Request:
    """Return WSGI's request; ValueError when it can't be read, TooLargeError when its body is too large."""
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_") or name == "CONTENT_TYPE"
    }
    body: bytes = environ["wsgi.input"].read(MOST_BODY_BYTES + 1)
    if len(body) > MOST_BODY_BYTES:
        raise TooLargeError
    is_form = headers.get("content-type", "").partition(";")[0].strip().lower() == FORM
    return Request(
        method=environ["REQUEST_METHOD"],
        path=environ["PATH_INFO"],
        query=_fields(environ.get("QUERY_STRING", "")),
        form=_fields(body.decode()) if is_form else {},
        headers=headers,
        cookies=_cookies(headers.get("cookie", "")),
    )


def redirect(url: str, fields: Mapping[str, str] | None = None) -> Answer:
    """Return the way to another address, with fields added to its query."""
    query = urlencode(fields or {})
    separator = "" if not query else "&" if "?" in url else "?"
    return Answer(302, b"", (("location", f"{url}{separator}{query}"), NOT_STORED))


def document(content: Mapping[str, object], status: int = 200) -> Answer:
    """Return JSON that pages of any origin may read and nobody may keep, as Cognito answers its clients."""
    headers = (("content-type", "application/json;charset=UTF-8"), NOT_STORED)
    return Answer(status, json.dumps(content).encode(), headers)


def cookie(name: str, value: str, seconds: int) -> tuple[str, str]:
    """Return the header that sets a cookie which scripts can't read; zero seconds remove it."""
    return ("set-cookie", f"{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax")


def _fields(text: str) -> dict[str, str]:
    """Return fields by name; ValueError when one comes twice, which OAuth forbids, or when they are many."""
    pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a field must be given once, and is given twice")
    return dict(pairs)


def _cookies(header: str) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(header).items()}
    except CookieError:
        return {}  # other servers of this machine set cookies, too
