"""Fetches from a distribution's origins: a closed bucket, in CloudFront's name, or Amplify's pages."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from botocore.exceptions import ClientError

from local_stack.edge.services import Services

PRINCIPAL = "cloudfront.amazonaws.com"
TIMEOUT_SECONDS = 30
# of what an origin says, that is handed on
_HEADERS = ("content-type", "cache-control", "etag", "last-modified")


@dataclass(frozen=True)
class Fetched:
    """An origin's answer: header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Origins:
    """Asks origins as CloudFront does: for the object's path alone, without cookies or queries."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._bucket_client = lru_cache(maxsize=4)(self._signing_for)

    def fetch(self, origin: Mapping[str, Any], path: str, distribution_arn: str) -> Fetched:
        """Return the origin's answer to a path as the browser wrote it."""
        if "S3OriginConfig" in origin:
            return self._object(origin, path, distribution_arn)
        return self._page(origin["DomainName"], path)

    def _object(self, origin: Mapping[str, Any], path: str, distribution_arn: str) -> Fetched:
        bucket, key = origin["DomainName"].partition(".s3.")[0], unquote(path).lstrip("/")
        try:
            found = self._bucket_client(distribution_arn).get_object(Bucket=bucket, Key=key)
        except ClientError as error:
            # S3 tells 404 only to who may list the bucket, which no distribution may here
            status = int(error.response["ResponseMetadata"]["HTTPStatusCode"])
            return Fetched(403 if status == 404 else status, {"content-type": "text/plain"}, b"")
        kept = {"content-type": found["ContentType"], "etag": found["ETag"]}
        if found.get("CacheControl"):
            kept["cache-control"] = found["CacheControl"]
        return Fetched(200, kept, found["Body"].read())

    def _signing_for(self, distribution_arn: str) -> Any:  # noqa: ANN401 - boto3's clients
        """Return a client that signs for the distribution: what the bucket's policy lets it do, it may."""
        return self._services.speaking_for(PRINCIPAL, distribution_arn, "s3")

    def _page(self, host: str, path: str) -> Fetched:
        """The emulated Amplify answers for all of its host names below its own address."""
        state = self._services.state
        url = f"{state.aws_endpoint_url}/amplify_{state.aws_region}/sites/{host}{path}"
        try:
            with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - our own loopback endpoint
                return _fetched(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return _fetched(error.code, error.headers, error.read())


def _fetched(status: int, headers: Message, body: bytes) -> Fetched:
    return Fetched(status, {name: headers[name] for name in _HEADERS if name in headers}, body)
