"""CloudFront on loopback: the provisioned distribution's behaviors, origins, error pages and headers.

It stands in for `https://<distribution>.cloudfront.net`, with names of the real AWS in the shop's
configuration and in headers as this machine has them (`local_stack/names.py`). Nothing is cached, so that
what was published shows at once; there is no certificate, so nobody is sent on to https; conditional requests
get whole answers.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from local_stack.edge.distributions import DistributionConfig, Distributions
from local_stack.edge.origins import Fetched, Origins
from local_stack.edge.page_headers import with_policy
from local_stack.edge.services import Services
from local_stack.names import on_this_machine

# the one file of the shop that tells addresses of the estate
CONFIG_PATH = "/config.json"
# sizes and (some of the) types that CloudFront compresses
_COMPRESSED_BYTES = range(1_000, 10_000_001)
_COMPRESSED_TYPES = ("text/", "application/json", "application/javascript", "image/svg+xml")


class CloudFront:
    """A WSGI application; every request is answered, and what AWS would not say is in our own log."""

    def __init__(self, services: Services) -> None:
        self._state = services.state
        self._distributions = Distributions(services)
        self._origins = Origins(services)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one HTTP request."""
        method, path = environ["REQUEST_METHOD"], str(environ["REQUEST_URI"]).partition("?")[0]
        try:
            answer = self.answer(method, path, environ.get("HTTP_ACCEPT_ENCODING", ""))
        except (BotoCoreError, ClientError, OSError, KeyError) as error:
            print(f"edge: {method} {path} at the distribution: {error!r}", flush=True)
            answer = _said(502, "The origin gives no answer.")
        headers = {
            **answer.headers,
            "content-length": str(len(answer.body)),
            "x-cache": "Miss from cloudfront",
        }
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(headers.items()))
        return [b"" if method == "HEAD" else answer.body]

    def answer(self, method: str, path: str, accepted_encodings: str = "") -> Fetched:
        """Return the distribution's answer."""
        distribution = self._distributions.find()
        if distribution is None:
            return _said(
                404, "There must be one distribution that is switched on, and is not. Next: make demo"
            )
        if method not in distribution.behavior_of(path)["AllowedMethods"]["Items"]:
            return _said(403, "This distribution is not configured to allow the HTTP request method.")
        asked = f"/{distribution.config.get('DefaultRootObject', '')}" if path == "/" else path
        found = self._fetched(distribution, asked)
        instead = distribution.error_response(found.status)
        if instead is not None:
            page = self._fetched(distribution, instead["ResponsePagePath"])
            found = replace(page, status=int(instead["ResponseCode"]))
        local = self._localised(distribution, path, found)
        return _compressed(local) if "gzip" in accepted_encodings else local

    def _fetched(self, distribution: DistributionConfig, path: str) -> Fetched:
        behavior = distribution.behavior_of(path)
        found = self._origins.fetch(distribution.origin_of(behavior), path, distribution.arn)
        if not behavior.get("ResponseHeadersPolicyId"):
            return found
        policy = self._distributions.headers_policy(behavior["ResponseHeadersPolicyId"])
        return replace(found, headers=with_policy(found.headers, policy))

    def _localised(self, distribution: DistributionConfig, path: str, found: Fetched) -> Fetched:
        def local(text: str) -> str:
            return on_this_machine(self._state, text, distribution.aliases)

        headers = {name: local(value) for name, value in found.headers.items()}
        body = local(found.body.decode()).encode() if path == CONFIG_PATH else found.body
        return Fetched(found.status, headers, body)


def _compressed(found: Fetched) -> Fetched:
    kind = found.headers.get("content-type", "")
    if not kind.startswith(_COMPRESSED_TYPES) or len(found.body) not in _COMPRESSED_BYTES:
        return found
    headers: Mapping[str, str] = {**found.headers, "content-encoding": "gzip", "vary": "Accept-Encoding"}
    return Fetched(found.status, headers, gzip.compress(found.body, mtime=0))


def _said(status: int, text: str) -> Fetched:
    return Fetched(status, {"content-type": "text/plain; charset=utf-8"}, f"{text}\n".encode())
