"""Values in one form, so that two ways of writing the same thing compare as equal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

PolicyDocument = dict[str, Any]
Json: TypeAlias = Any  # whatever JSON can hold


def normal_policy(document: str | Mapping[str, Any]) -> PolicyDocument:
    """The policy with lists sorted and single values unwrapped: AWS may return `["x"]` as `"x"`."""
    loaded = json.loads(document) if isinstance(document, str) else document
    statements = loaded.get("Statement", [])
    statements = statements if isinstance(statements, list) else [statements]
    normal = [{key: _normal(value) for key, value in statement.items()} for statement in statements]
    return {**loaded, "Statement": sorted(normal, key=_as_text)}


def _normal(value: Json) -> Json:
    if isinstance(value, Mapping):
        return {key: _normal(inner) for key, inner in value.items()}
    if isinstance(value, list):
        items = sorted((_normal(item) for item in value), key=_as_text)
        return items[0] if len(items) == 1 else items
    if isinstance(value, bool):  # conditions are texts for AWS
        return str(value).lower()
    return value


def _as_text(value: Json) -> str:
    return json.dumps(value, sort_keys=True)


def policy_text(document: Mapping[str, Any]) -> str:
    """The policy as compact JSON, always the same for the same policy."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"))


def tag_pairs(tags: Mapping[str, str]) -> list[Any]:
    """Tags as the list of Key and Value that most services take."""
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]


def tags_of_pairs(pairs: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The list of Key and Value as a mapping."""
    return {str(pair["Key"]): str(pair["Value"]) for pair in pairs}


def known_tags(live: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """Of the live tags those that we set: tags that others add are none of our business."""
    return {key: value for key, value in live.items() if key in wanted}
