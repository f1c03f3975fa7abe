"""Reads presigned URLs: a request that somebody with keys has signed for whoever holds the URL, for a while.

moto 5.2.5 looks for signatures in headers only. Source: "Authenticating requests: using query parameters" in
the S3 API reference.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from moto.iam.access_control import S3IAMRequest
from moto.s3.exceptions import S3AccessDeniedError

from local_stack.aws.moto_types import Moto

MOST_SECONDS = 7 * 24 * 3600
SIGNATURE = "X-Amz-Signature"
_WANTED = {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders"}


def is_presigned(response: Moto) -> bool:
    """Say whether the request carries its signature in its URL."""
    return SIGNATURE in query_of(response)


def query_of(response: Moto) -> dict[str, str]:
    """Return the parameters of the request's URL."""
    return dict(parse_qsl(urlsplit(response.uri).query, keep_blank_values=True))


class PresignedRequest(S3IAMRequest):
    """A request whose signature is part of its URL, as moto's checks want to see requests."""

    def __init__(self, response: Moto) -> None:
        query = query_of(response)
        _refuse_outside_of_its_time(query)
        self._signed_names = query["X-Amz-SignedHeaders"].split(";")
        self._expires = int(query["X-Amz-Expires"])
        headers = {name.title(): value for name, value in response.headers.items()}
        headers["X-Amz-Date"] = query["X-Amz-Date"]
        if token := query.get("X-Amz-Security-Token"):
            headers["X-Amz-Security-Token"] = token
        headers["Authorization"] = f"Credential={query['X-Amz-Credential']}, Signature={query[SIGNATURE]}"
        unsigned = "&".join(
            part for part in urlsplit(response.uri).query.split("&") if not part.startswith(SIGNATURE + "=")
        )
        super().__init__(
            account_id=response.current_account,
            method=response.method,
            path=f"{response.raw_path}?{unsigned}",
            data=response.data,
            body=b"",
            headers=headers,
            action=response._get_action(),
        )

    def _create_auth(self, credentials: Credentials) -> Moto:  # moto's own type is that of headers
        return S3SigV4QueryAuth(credentials, self._service, self._region, self._expires)

    def _create_aws_request(self) -> AWSRequest:
        signed = {name: value for name, value in self._headers.items() if name.lower() in self._signed_names}
        request = AWSRequest(method=self._method, url=self._path, headers=signed)
        request.context["timestamp"] = self._headers["X-Amz-Date"]
        return request


def _refuse_outside_of_its_time(query: dict[str, str]) -> None:
    """Raise unless the URL says from when it counts and how long, and that is now."""
    try:
        signed_at = datetime.strptime(query["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        seconds = int(query["X-Amz-Expires"])
    except (KeyError, ValueError) as error:
        raise S3AccessDeniedError() from error
    now = datetime.now(UTC)
    is_now = signed_at - timedelta(minutes=15) <= now <= signed_at + timedelta(seconds=seconds)
    if not query.keys() >= _WANTED or not 1 <= seconds <= MOST_SECONDS or not is_now:
        raise S3AccessDeniedError()
