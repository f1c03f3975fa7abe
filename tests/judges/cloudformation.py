"""The stack as a CloudFormation template, so that AWS's schemas, as cfn-lint has them, can judge settings.

Nothing is deployed with it. A kind gets its renderer in one of the RENDERERS of the modules beside this one,
or a line in NOT_RENDERED with the reason.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

import cfnlint.api  # type: ignore[import-untyped]
from cfnlint.config import ManualArgs  # type: ignore[import-untyped]
from provision.resource import Resource
from provision.resources import DefaultSecurityGroup

from tests.judges import (
    cloudformation_analysis,
    cloudformation_delivery,
    cloudformation_hosts,
    cloudformation_network,
    cloudformation_public,
    cloudformation_services,
    cloudformation_watching,
)
from tests.judges.rendering import Rendered, Renderer

RENDERERS: dict[type[Resource], Renderer] = {
    **cloudformation_analysis.RENDERERS,
    **cloudformation_delivery.RENDERERS,
    **cloudformation_hosts.RENDERERS,
    **cloudformation_network.RENDERERS,
    **cloudformation_public.RENDERERS,
    **cloudformation_services.RENDERERS,
    **cloudformation_watching.RENDERERS,
}
# Rules about templates as templates: nothing is deployed from this one.
OF_TEMPLATES_ONLY = {
    "I3011": "what becomes of data when a template changes: `keep` says it here",
    "I4010": "a description of the architecture inside the template: docs/architecture.md is it",
    "W3010": "a template for every region does not name a zone: the setting does, checked against the region",
}
NOT_RENDERED: dict[type[Resource], str] = {
    DefaultSecurityGroup: "AWS makes it with the VPC; a template can neither make nor adopt one",
}


def template(stack: Iterable[Resource]) -> dict[str, Any]:
    """The template that would make the stack."""
    resources: dict[str, Any] = {}
    for part in stack:
        if type(part) in RENDERERS:
            resources |= dict(_named(part, RENDERERS[type(part)](part)))
    return {"AWSTemplateFormatVersion": "2010-09-09", "Description": "Judged only", "Resources": resources}


def _named(part: Resource, rendered: list[Rendered]) -> Iterable[tuple[str, dict[str, Any]]]:
    """Each with a logical name of letters and digits; the first of a part has the part's own."""
    words = re.findall(r"[A-Za-z0-9]+", f"{part.kind} {part.name}")
    stem = "".join(word.capitalize() for word in words)
    for number, one in enumerate(rendered):
        yield f"{stem}{number or ''}", {"Type": one.type, "Properties": one.properties}


def lint(document: dict[str, Any], region: str) -> list[str]:
    """What cfn-lint finds, warnings and remarks included; one line each, the rule's id first."""
    settings = ManualArgs(
        regions=[region],
        include_checks=["I"],
        include_experimental=True,
        ignore_checks=sorted(OF_TEMPLATES_ONLY),
    )
    found = cfnlint.api.lint(json.dumps(document, indent=1), config=settings)
    return [f"{one.rule.id} {'/'.join(map(str, one.path or []))}: {one.message}" for one in found]
