"""CloudFront's way of writing lists, and how our settings are put over a live configuration. Pure.

CloudFront writes a list as `{"Quantity": 2, "Items": […]}`, and an update replaces the whole configuration.
Here lists are lists, and an update keeps what we do not name: what others set on purpose, or AWS adds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeAlias

Json: TypeAlias = Any  # whatever CloudFront's configuration can hold

# Of things in a list, the key that says which one it is.
NAMES_IN_LISTS = ("Id", "PathPattern", "ErrorCode", "Header")
# These are one choice each: what ours does not name of them would contradict it.
CHOICES = frozenset({"ViewerCertificate"})
# What CloudFront refuses beside our own choice of a cache policy and of a sort of origin.
RIVALS = {
    "CachePolicyId": frozenset({"ForwardedValues", "MinTTL", "DefaultTTL", "MaxTTL"}),
    "CustomOriginConfig": frozenset({"S3OriginConfig"}),
    "S3OriginConfig": frozenset({"CustomOriginConfig"}),
}


def plain(live: Json) -> Json:
    """The value with lists as lists."""
    if isinstance(live, Mapping):
        rest = {key: plain(value) for key, value in live.items() if key != "Quantity"}
        if "Quantity" not in live:
            return rest
        items = rest.pop("Items", None) or []
        return {**rest, "Items": items} if rest else items
    return [plain(item) for item in live] if isinstance(live, list) else live


def counted(value: Json) -> Json:
    """The value as CloudFront takes it: each list with its quantity, and without items when it has none."""
    if isinstance(value, list):
        items = [counted(item) for item in value]
        return {"Quantity": len(items), "Items": items} if items else {"Quantity": 0}
    if isinstance(value, Mapping):
        found = {key: counted(inner) for key, inner in value.items() if key != "Items"}
        return {**found, **counted(value["Items"])} if "Items" in value else found
    return value


def shaped_like(live: Json, ours: Json) -> Json:
    """Of the live value the part that ours names, so that both can be compared.

    CloudFront returns lists in an order of its own, but for cache behaviors: the first that fits counts.
    """
    if isinstance(live, Mapping) and isinstance(ours, Mapping):
        return {key: shaped_like(live[key], value) for key, value in ours.items() if key in live}
    if isinstance(live, list) and isinstance(ours, list):
        named = {_name_of(item): item for item in ours}
        shaped = [shaped_like(item, named.get(_name_of(item), item)) for item in live]
        if any("PathPattern" in item for item in shaped):
            return shaped
        place = {name: number for number, name in enumerate(named)}
        return sorted(shaped, key=lambda item: place.get(_name_of(item), len(place)))
    return live


def put_over(live: Json, ours: Json) -> Json:
    """The live value with ours in its place wherever ours says something."""
    if isinstance(live, Mapping) and isinstance(ours, Mapping):
        rivals = frozenset().union(*(RIVALS.get(key, frozenset()) for key in ours))
        kept = {key: value for key, value in live.items() if key not in rivals}
        changed = {
            key: value if key in CHOICES else put_over(kept.get(key), value) for key, value in ours.items()
        }
        return {**kept, **changed}
    if isinstance(live, list) and isinstance(ours, list):
        named = {_name_of(item): item for item in live}
        return [put_over(named.get(_name_of(item)), item) for item in ours]
    return ours


def _name_of(item: Json) -> str:
    if not isinstance(item, Mapping):
        return str(item)
    found = [str(item[key]) for key in NAMES_IN_LISTS if key in item]
    return found[0] if found else json.dumps(item, sort_keys=True)
