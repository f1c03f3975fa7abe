"""The headers that a response headers policy of CloudFront adds to an answer. Pure.

Source: ResponseHeadersPolicyConfig in CloudFront's API reference. Known are security headers and custom ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# part of the policy → what in it is the value, and the header
_PLAIN = {
    "FrameOptions": ("FrameOption", "x-frame-options"),
    "ReferrerPolicy": ("ReferrerPolicy", "referrer-policy"),
    "ContentSecurityPolicy": ("ContentSecurityPolicy", "content-security-policy"),
}


def with_policy(headers: Mapping[str, str], policy: Mapping[str, Any]) -> dict[str, str]:
    """Return an origin's headers with the policy's; it overrides where it says so."""
    found = dict(headers)
    for name, value, is_override in policy_headers(policy):
        if is_override or name not in found:
            found[name] = value
    return found


def policy_headers(policy: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Yield name, value and whether it overrides, of each header; lists come with `Items` or as lists."""
    yield from _security_headers(policy.get("SecurityHeadersConfig") or {})
    custom = policy.get("CustomHeadersConfig") or []
    for item in custom["Items"] if isinstance(custom, Mapping) else custom:
        yield item["Header"].lower(), item["Value"], item["Override"]


def _security_headers(security: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    if transport := security.get("StrictTransportSecurity"):
        value = f"max-age={transport['AccessControlMaxAgeSec']}"
        value += "; includeSubDomains" if transport.get("IncludeSubdomains") else ""
        value += "; preload" if transport.get("Preload") else ""
        yield "strict-transport-security", value, transport["Override"]
    if types := security.get("ContentTypeOptions"):
        yield "x-content-type-options", "nosniff", types["Override"]
    for part, (key, name) in _PLAIN.items():
        if part in security:
            yield name, security[part][key], security[part]["Override"]
