"""The shop's own address as Amplify Hosting and CloudFront serve it: the estate's rules and headers.

What rules and headers mean is the local stack's to know; here they come from the code instead of a stack, and
files from a dictionary that a test may change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote, urlsplit

from provision.delivery import RULES
from provision.page_headers import cache_headers, storefront_headers

from local_stack.aws.amplify.hosting import hosted
from local_stack.demo_pictures import CONTENT_TYPE, drawing
from local_stack.edge.page_headers import with_policy
from tests.e2e.sdk.gate import Answer, running, write

# of pictures that the media bucket does not have
MISSING_PICTURE = "/media/products/broken.webp"


@contextmanager
def shop_address(files: Mapping[str, bytes], connect_to: Sequence[str]) -> Iterator[str]:
    """Yield the address at which the files, by name, are served to browsers that may speak with others."""
    policy = storefront_headers(connect_to)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer = found(files, unquote(urlsplit(self.path).path))
            write(self, Answer(answer.status, with_policy(answer.headers, policy), answer.body))

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with running(Handler) as url:
        yield url


def found(files: Mapping[str, bytes], path: str) -> Answer:
    """Return what a path gets: pictures as the media bucket has them, all else as Amplify serves it."""
    if path.startswith("/media/") and path != MISSING_PICTURE:
        return Answer(200, {"content-type": CONTENT_TYPE}, drawing(path))
    answer = hosted(files, RULES, cache_headers(), path)
    return Answer(answer.status, dict(answer.headers), answer.body)
