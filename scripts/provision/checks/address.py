"""Checks of the shop's own address in the settings: what CloudFront would refuse. Pure."""

from __future__ import annotations

import re

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
DOMAIN_FORM = re.compile(rf"(?=.{{1,253}}$)({LABEL}\.)+[a-z][a-z0-9-]{{0,61}}[a-z0-9]")
CERTIFICATE_FORM = re.compile(r"arn:aws:acm:us-east-1:[0-9]{12}:certificate/[0-9a-f-]{36}")
DOMAIN, CERTIFICATE = "platform_storefront_domain", "platform_storefront_certificate_arn"


def problems_of_address(domain: str, certificate_arn: str) -> list[str]:
    """One sentence per problem: a domain needs a certificate, and CloudFront takes only us-east-1's."""
    problems = []
    if domain and not DOMAIN_FORM.fullmatch(domain):
        problems.append(f"{DOMAIN} must be empty or a host name such as shop.example.com, given {domain!r}.")
    if certificate_arn and not CERTIFICATE_FORM.fullmatch(certificate_arn):
        problems.append(
            f"{CERTIFICATE} must be empty or the ARN of a certificate of ACM in us-east-1, "
            f"given {certificate_arn!r}."
        )
    if bool(domain) != bool(certificate_arn):
        problems.append(
            f"{DOMAIN} and {CERTIFICATE} must both be given or both be empty: CloudFront answers to a domain "
            "only with a certificate for it."
        )
    return problems
