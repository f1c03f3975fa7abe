"""What a renderer gives back, and what renderers share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from provision.normal_form import tag_pairs
from provision.resource import Resource


@dataclass(frozen=True)
class Rendered:
    """One resource of a template."""

    type: str
    properties: dict[str, Any]


# takes a resource of the class that it is registered for; a part may be several things to CloudFormation
Renderer = Callable[[Any], list[Rendered]]


def tags(part: Resource) -> list[dict[str, str]]:
    """The tags as most types take them."""
    return tag_pairs(part.identity.tags)


def named_tags(part: Resource) -> list[dict[str, str]]:
    """The tags of what has no name but the tag `Name`."""
    return tag_pairs({**part.identity.tags, "Name": part.name})
