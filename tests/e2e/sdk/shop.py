"""A shop's pages with the SDK's script tag, under a content security policy that forbids inline code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

from local_stack.state import CHECKOUT
from tests.e2e.sdk.gate import Answer, running, write

DIST = CHECKOUT / "frontend" / "sdk" / "dist"
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A shop</title>
<script src="/cloudworks.js" {attributes}></script></head>
<body>
<h1>A shop</h1>
<a id="link" href="#place">To a <b>place</b></a>
<a id="person" href="mailto:someone@shop.example">Write to us</a>
<button id="buy" class="big red">Buy   now</button>
<div data-cloudworks-ignore><button id="ignored">Not this</button></div>
<div id="typed" role="button">Send <textarea>typed secret</textarea></div>
<form><input id="submit" type="button" value="labelled secret"></form>
<svg width="1" height="4000"></svg>
</body></html>"""


@contextmanager
def shop_pages(api_url: str) -> Iterator[str]:
    """Yield the address of the shop.

    Every path is a page. `/with-cookieless/…` has the tag's attribute `data-cookieless`, and so on for
    others; `/with-init/…` has no `data-endpoint`, so that the test starts the SDK itself.
    """
    policy = f"default-src 'none'; script-src 'self'; connect-src {api_url} http://api.example:*"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            kind, body = "text/html; charset=utf-8", page(path, self.headers["host"], api_url).encode()
            if path.endswith(".js"):
                kind, body = "text/javascript", (DIST / path.rsplit("/", 1)[-1]).read_bytes()
            write(self, Answer(200, {"content-type": kind, "content-security-policy": policy}, body))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with running(Handler) as url:
        yield url


def page(path: str, host: str, api_url: str) -> str:
    """Return the page of a path; on the shop's plain-http name the API has such a name, too."""
    wanted = {part.removeprefix("with-") for part in path.split("/") if part.startswith("with-")}
    endpoint = api_url if host.startswith("127.0.0.1") else api_url.replace("127.0.0.1", "api.example")
    tag = [] if "init" in wanted else [f'data-endpoint="{endpoint}"']
    return PAGE.format(attributes=" ".join([*tag, *(f"data-{name}" for name in wanted - {"init"})]))
