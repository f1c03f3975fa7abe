"""The shop's own address as Amplify Hosting and CloudFront serve it: the estate's rules and headers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from mimetypes import guess_type
from urllib.parse import unquote, urlsplit

from provision.delivery import RULES
from provision.page_headers import storefront_headers

from tests.e2e.sdk.gate import Answer, running, write
from tests.e2e.storefront.pictures import drawing

# of pictures that the media bucket does not have
MISSING_PICTURE = "/media/products/broken.webp"


@contextmanager
def shop_address(files: Mapping[str, bytes], connect_to: Sequence[str]) -> Iterator[str]:
    """Yield the address at which the files, by name, are served to browsers that may speak with others."""
    headers = page_headers(connect_to)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, kind, body = found(files, unquote(urlsplit(self.path).path))
            write(self, Answer(status, {"content-type": kind, **headers}, body))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with running(Handler) as url:
        yield url


def found(files: Mapping[str, bytes], path: str) -> tuple[int, str, bytes]:
    """Return status, content type and body of a path."""
    if path.startswith("/media/") and path != MISSING_PICTURE:
        return 200, "image/svg+xml", drawing(path)
    status, name = target_of(files, path)
    return status, guess_type(name)[0] or "application/octet-stream", files[name]


def target_of(files: Mapping[str, bytes], path: str) -> tuple[int, str]:
    """Return the status and the file that a path gets, by Amplify's rules; CloudFront's root is the index."""
    name = path.removeprefix("/") or "index.html"
    for rule in RULES:
        pattern = re.escape(rule["source"]).replace("<\\*>", ".*").replace("<\\*>", ".*")
        is_needed = rule["status"] == "200" or name not in files
        if is_needed and re.fullmatch(pattern, path):
            return int(rule["status"]), rule["target"].removeprefix("/")
    return 200, name


def page_headers(connect_to: Sequence[str]) -> dict[str, str]:
    """Return the headers that CloudFront sets, as provisioning would have it for these addresses."""
    policy = storefront_headers(connect_to)
    security = policy["SecurityHeadersConfig"]
    return {
        "content-security-policy": security["ContentSecurityPolicy"]["ContentSecurityPolicy"],
        "referrer-policy": security["ReferrerPolicy"]["ReferrerPolicy"],
        "x-content-type-options": "nosniff",
        "x-frame-options": security["FrameOptions"]["FrameOption"],
        **{item["Header"].lower(): item["Value"] for item in policy["CustomHeadersConfig"]},
    }
