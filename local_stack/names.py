"""What names of the real AWS mean on this machine: the one place that knows.

What is provisioned, published and configured holds AWS's own names, here as there: product code knows no
other. A browser on this machine can't go there, so whatever the local stack hands to one (the storefront's
config.json, the headers of its pages, the origins that the API lets in, where the sign-in page may send
people back to) passes through `on_this_machine` as it is served. Nothing that is stored is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from local_stack.state import StackState

_REGION = r"[a-z]{2}(?:-[a-z]+)+-[0-9]"


def on_this_machine(state: StackState, text: str, shop_domains: Iterable[str] = ()) -> str:
    """Return the text with each origin of the real AWS as the stack serves it, on loopback and without TLS.

    `shop_domains` are the distribution's aliases: names that the shop's owner chose.
    """
    chosen = "".join(f"|{re.escape(domain)}" for domain in shop_domains)
    origins = {
        rf"https://[a-z0-9]+\.execute-api\.{_REGION}\.amazonaws\.com": state.api_url,
        rf"https://(?:[a-z0-9]+\.cloudfront\.net{chosen})(?![\w.-])": state.storefront_url,
        rf"https://[a-z0-9-]+\.auth\.{_REGION}\.amazoncognito\.com": state.sign_in_url,
        rf"https://cognito-idp\.{_REGION}\.amazonaws\.com": state.aws_endpoint_url,
    }
    for pattern, url in origins.items():
        text = re.sub(pattern, url, text)
    return text
