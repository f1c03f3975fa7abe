"""What is wrong with a server's certificate, before it reaches the server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec


def postgresql_tls_problems(
    certificate: str, key: str, authority: str, now: datetime | None = None
) -> list[str]:
    """Return what would keep clients from believing the server; nothing when all is well.

    Shapes: three PEM texts, the key without a passphrase.
    """
    try:
        server = x509.load_pem_x509_certificate(certificate.encode())
        issuer = x509.load_pem_x509_certificate(authority.encode())
        private = serialization.load_pem_private_key(key.encode(), password=None)
    except (ValueError, TypeError) as error:
        return [f"certificate, key and authority must be PEM: {error}"]
    problems = []
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        problems.append("the key must be one of an elliptic curve (ECDSA)")
    if private.public_key() != server.public_key():
        problems.append("the key does not belong to the certificate")
    try:
        server.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        problems.append(f"the certificate was not issued by {issuer.subject.rfc4514_string()}")
    at = now or datetime.now(tz=UTC)
    for name, one in {"certificate": server, "authority": issuer}.items():
        if not one.not_valid_before_utc <= at <= one.not_valid_after_utc:
            problems.append(
                f"the {name} is valid from {one.not_valid_before_utc} to {one.not_valid_after_utc}, not now"
            )
    return problems


class FilterModule:
    """What Ansible looks for."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filters by name."""
        return {"postgresql_tls_problems": postgresql_tls_problems}
