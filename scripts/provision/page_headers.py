"""The headers that tell browsers what the shop's pages may do, as pure functions. CloudFront sets them.

Sources: https://owasp.org/www-project-secure-headers/ and
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

TWO_YEARS_SECONDS = 63_072_000
PERMISSIONS = ("camera", "geolocation", "microphone", "payment", "usb")


def content_security_policy(connect_to: Sequence[str]) -> str:
    """Pages take code, styles, fonts and pictures from their own address, and speak with `connect_to`, too.

    There is no inline script or style: what an attacker writes into a page is not run. Pictures from `data:`
    are harmless and small. `connect_to` are origins, such as https://api.example.com.
    """
    own = "'self'"
    directives = {
        "default-src": ["'none'"],
        "script-src": [own],
        "style-src": [own],
        "font-src": [own],
        "img-src": [own, "data:"],
        "manifest-src": [own],
        "connect-src": [own, *connect_to],
        "form-action": [own],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "upgrade-insecure-requests": [],
    }
    return "; ".join(" ".join([name, *sources]) for name, sources in directives.items())


def storefront_headers(connect_to: Sequence[str]) -> dict[str, Any]:
    """The parts of a response headers policy; each overrides what an origin may say itself.

    Subdomains are left out of HSTS: a shop's domain may have others under it that are not ours to decide on.
    """
    return {
        "SecurityHeadersConfig": {
            "StrictTransportSecurity": {
                "Override": True,
                "AccessControlMaxAgeSec": TWO_YEARS_SECONDS,
                "IncludeSubdomains": False,
                "Preload": False,
            },
            "ContentTypeOptions": {"Override": True},
            "FrameOptions": {"Override": True, "FrameOption": "DENY"},
            "ReferrerPolicy": {"Override": True, "ReferrerPolicy": "strict-origin-when-cross-origin"},
            "ContentSecurityPolicy": {
                "Override": True,
                "ContentSecurityPolicy": content_security_policy(connect_to),
            },
        },
        "CustomHeadersConfig": [
            _header("Cross-Origin-Opener-Policy", "same-origin"),
            _header("Permissions-Policy", ", ".join(f"{permission}=()" for permission in PERMISSIONS)),
        ],
    }


def cache_headers() -> list[dict[str, Any]]:
    """Amplify's custom headers: pages are asked for again, files named by their content never.

    CloudFront keeps a page for a minute (`s-maxage`), so that a new release is there a minute later.
    """
    return [
        _cached("**/*", "public, max-age=0, s-maxage=60, must-revalidate"),
        _cached("/assets/**", "public, max-age=31536000, immutable"),
    ]


def _cached(pattern: str, value: str) -> dict[str, Any]:
    return {"pattern": pattern, "headers": [{"key": "Cache-Control", "value": value}]}


def _header(name: str, value: str) -> dict[str, Any]:
    return {"Header": name, "Value": value, "Override": True}
