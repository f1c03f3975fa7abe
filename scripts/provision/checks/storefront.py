"""The checks of the addresses of the shop's pages."""

from __future__ import annotations

import re

from provision.checks import PREFIX

HOST_FORM = r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*"
ORIGIN_FORM = re.compile(rf"https://{HOST_FORM}(:[0-9]+)?|http://localhost(:[0-9]+)?")
RETURN_URL_FORM = re.compile(rf"(https://{HOST_FORM}|http://localhost)(:[0-9]+)?/[^\s#]*")


def problems_of_origins(origins: list[str]) -> list[str]:
    """An origin is compared letter by letter with what browsers send: no path, no slash at its end."""
    return [
        f"{PREFIX}storefront_origins must hold origins such as https://shop.example.com, or "
        f"http://localhost:3000 while developing, given {origin!r}."
        for origin in origins
        if not ORIGIN_FORM.fullmatch(origin)
    ]


def problems_of_return_urls(urls: list[str]) -> list[str]:
    """Cognito wants one at least, without a fragment, and https save on a developer's own machine."""
    key = f"{PREFIX}sign_in_return_urls"
    problems = [] if urls else [f"{key} must hold at least one address, such as https://shop.example.com/."]
    return problems + [
        f"{key} must hold addresses such as https://shop.example.com/signed-in, given {url!r}."
        for url in urls
        if not RETURN_URL_FORM.fullmatch(url)
    ]
