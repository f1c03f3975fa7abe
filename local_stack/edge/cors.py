"""The CORS answers that an HTTP API gives by itself. Pure.

Source: "Configure CORS for HTTP APIs": the API answers preflights without the integration, and its headers
replace the function's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from local_stack.edge.payload import HttpRequest, HttpResponse


def preflight_of(configuration: Mapping[str, Any], request: HttpRequest) -> HttpResponse | None:
    """Return the answer to a preflight request; None when the request is not one."""
    if not configuration or request.method != "OPTIONS" or "origin" not in request.headers:
        return None
    headers = headers_of(configuration, request)
    if headers:
        for name, setting in (("methods", "AllowMethods"), ("headers", "AllowHeaders")):
            if configuration.get(setting):
                headers[f"access-control-allow-{name}"] = ",".join(configuration[setting])
        if configuration.get("MaxAge") is not None:
            headers["access-control-max-age"] = str(configuration["MaxAge"])
    return HttpResponse(204, headers, b"")


def headers_of(configuration: Mapping[str, Any], request: HttpRequest) -> dict[str, str]:
    """Return the CORS headers of any answer; empty when the origin is not allowed."""
    origin = request.headers.get("origin")
    allowed = (configuration or {}).get("AllowOrigins") or []
    if origin is None or not (origin in allowed or "*" in allowed):
        return {}
    headers = {"access-control-allow-origin": origin if origin in allowed else "*"}
    if configuration.get("ExposeHeaders"):
        headers["access-control-expose-headers"] = ",".join(configuration["ExposeHeaders"])
    if configuration.get("AllowCredentials"):
        headers["access-control-allow-credentials"] = "true"
    return headers
