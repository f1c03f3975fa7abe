"""From an API Gateway request to the bytes of a batch; says in HTTP's words why a request cannot be read.

No AWS call is made here. Input: the payload format 2.0 event of an HTTP API. Output: `Request`.
"""

import ipaddress
import re
import zlib
from dataclasses import dataclass
from typing import Any, Literal

from contract.event import MAX_BODY_BYTES
from contract.problem import ProblemError
from contract.request_body import body_of, within

SourceIpMode = Literal["truncate", "drop", "keep"]

# JSON as text/plain is what browsers send without asking first (a CORS preflight), also when a page closes.
MEDIA_TYPES = ("application/json", "text/plain")

_COUNTRY = re.compile(r"[A-Za-z]{2}")


@dataclass(frozen=True)
class Request:
    """What a client sent: its decoded body and where it came from."""

    body: bytes
    source_ip: str
    # empty if there was none: every browser names one
    user_agent: str
    user_id: str | None
    country: str | None


def read_request(event: dict[str, Any], country_header: str = "") -> Request:
    """Return the request with its body decoded, or raise `ProblemError`.

    `country_header` is the header, in small letters, in which whoever stands before the API says the country.
    """
    headers = event.get("headers") or {}
    sent = body_of(event, MEDIA_TYPES, MAX_BODY_BYTES)
    body = _inflated(sent, headers.get("content-encoding", "identity"))
    if not body.strip():
        raise ProblemError(
            400, "empty-body", "The body is empty", "Send a JSON object with `sent_at` and `events`."
        )
    context = event["requestContext"]
    claims = context.get("authorizer", {}).get("jwt", {}).get("claims", {})
    return Request(
        body=body,
        source_ip=context["http"]["sourceIp"],
        user_agent=_storable(context["http"].get("userAgent")),
        user_id=claims.get("sub"),
        country=_country(headers.get(country_header) if country_header else None),
    )


def _inflated(body: bytes, encoding: str) -> bytes:
    if encoding.lower() in ("", "identity"):
        return body
    if encoding.lower() != "gzip":
        raise ProblemError(
            415,
            "unsupported-content-encoding",
            "The content encoding must be gzip or identity",
            f"The request has content encoding {encoding[:100]!r}.",
        )
    try:
        inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        inflated = inflater.decompress(body, MAX_BODY_BYTES + 1)
    except zlib.error as error:
        raise ProblemError(400, "bad-gzip", "The body is not valid gzip", str(error)) from None
    # the limit before the end mark: what inflates too far was cut short on purpose
    within(inflated, MAX_BODY_BYTES)
    if not inflater.eof:
        raise ProblemError(400, "bad-gzip", "The body is not valid gzip", "The stream ends too early.")
    return inflated


def _storable(text: str | None) -> str:
    return text.replace("\x00", "")[:1000] if text else ""


def _country(code: str | None) -> str | None:
    """Return two letters in capitals; None for all else. Whether there is such a country, the ETL knows."""
    return code.upper() if code and _COUNTRY.fullmatch(code) else None


def shown_source_ip(source_ip: str, mode: SourceIpMode) -> str | None:
    """Return the address as the setting wants it stored: whole, its network (IPv4 /24, IPv6 /48) or not.

    There is no bare hash: that of an IPv4 address is undone by trying all of them.
    """
    if mode == "keep":
        return source_ip
    if mode == "drop":
        return None
    address = ipaddress.ip_address(source_ip)
    prefix_length = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network((address, prefix_length), strict=False).network_address)
