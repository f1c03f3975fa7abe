"""Builds the event of payload format 2.0, and the response from what the function returns. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

TEXT_TYPES = ("text/", "application/json", "application/xml", "application/javascript")


@dataclass(frozen=True)
class HttpRequest:
    """One request as it came: header names in lower case, the body whole."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    source_ip: str
    request_id: str
    received_at: float


@dataclass(frozen=True)
class HttpResponse:
    """One response: header names in lower case; cookies apart, since they may be many."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """Where a request goes: the API, its stage, the route, and what the authorizer found."""

    account: str
    region: str
    api_id: str
    stage: str
    route_key: str
    path_variables: Mapping[str, str] = field(default_factory=dict)
    jwt: Mapping[str, Any] | None = None


def event_of(request: HttpRequest, target: Target) -> dict[str, Any]:
    """Return the event that API Gateway would invoke the function with."""
    headers = {name: value for name, value in request.headers.items() if name != "cookie"}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": target.route_key,
        "rawPath": request.path,
        "rawQueryString": request.query,
        "headers": headers,
        "requestContext": _context(request, target),
        "isBase64Encoded": False,
    }
    if "cookie" in request.headers:
        event["cookies"] = [part.strip() for part in request.headers["cookie"].split(";")]
    if request.query:
        event["queryStringParameters"] = _query(request.query)
    if target.path_variables:
        event["pathParameters"] = dict(target.path_variables)
    if request.body:
        event["isBase64Encoded"] = not is_text(request)
        encoded = base64.b64encode(request.body) if event["isBase64Encoded"] else request.body
        event["body"] = encoded.decode()
    return event


def is_text(request: HttpRequest) -> bool:
    """Say whether the body reaches the function as text; otherwise it goes in base64."""
    content_type = request.headers.get("content-type", "text/plain").partition(";")[0].strip().lower()
    is_text_type = content_type.startswith(TEXT_TYPES) or content_type.endswith(("+json", "+xml"))
    if not is_text_type or request.headers.get("content-encoding", "identity") != "identity":
        return False
    try:
        request.body.decode()
    except UnicodeDecodeError:
        return False
    return True


def response_of(payload: bytes) -> HttpResponse:
    """Return the HTTP response that a function's payload means; ValueError when it means none."""
    document = json.loads(payload)
    if not (isinstance(document, dict) and "statusCode" in document):
        body = document if isinstance(document, str) else json.dumps(document)
        return HttpResponse(200, {"content-type": "application/json"}, body.encode())
    body = document.get("body") or ""
    raw = base64.b64decode(body) if document.get("isBase64Encoded") else str(body).encode()
    headers = {str(name).lower(): str(value) for name, value in (document.get("headers") or {}).items()}
    headers.setdefault("content-type", "text/plain;charset=UTF-8")
    return HttpResponse(int(document["statusCode"]), headers, raw, tuple(document.get("cookies") or ()))


def _context(request: HttpRequest, target: Target) -> dict[str, Any]:
    context: dict[str, Any] = {
        "accountId": target.account,
        "apiId": target.api_id,
        "domainName": f"{target.api_id}.execute-api.{target.region}.amazonaws.com",
        "domainPrefix": target.api_id,
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": "HTTP/1.1",
            "sourceIp": request.source_ip,
            "userAgent": request.headers.get("user-agent", ""),
        },
        "requestId": request.request_id,
        "routeKey": target.route_key,
        "stage": target.stage,
        "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(request.received_at)),
        "timeEpoch": int(request.received_at * 1000),
    }
    if target.jwt is not None:
        context["authorizer"] = {"jwt": dict(target.jwt)}
    return context


def _query(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        found[name] = f"{found[name]},{value}" if name in found else value
    return found
