"""Chooses the route of a request, as an HTTP API does. Pure.

Source: "Create routes for HTTP APIs": a full match wins over a match with variables, that over one with a
greedy variable, that over `$default`; a named method wins over ANY.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

Route = Mapping[str, Any]


def route_of(routes: Sequence[Route], method: str, path: str) -> tuple[Route | None, dict[str, str]]:
    """Return the route for a request and its path variables; None when no route matches."""
    found: list[tuple[tuple[int, int], Route, dict[str, str]]] = []
    for route in routes:
        rank, variables = _match(route["RouteKey"], method, path)
        if rank is not None:
            found.append((rank, route, variables))
    if not found:
        return None, {}
    _, route, variables = max(found, key=lambda entry: entry[0])
    return route, variables


def _match(key: str, method: str, path: str) -> tuple[tuple[int, int] | None, dict[str, str]]:
    if key == "$default":
        return (0, 0), {}
    route_method, _, pattern = key.partition(" ")
    if route_method not in (method, "ANY"):
        return None, {}
    matched = _pattern(pattern).fullmatch(path)
    if matched is None:
        return None, {}
    precision = 1 if "+}" in pattern else 2 if "{" in pattern else 3
    return (precision, int(route_method != "ANY")), matched.groupdict()


@lru_cache(maxsize=256)
def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]+\})", path)
    return re.compile("".join(_part(part) for part in parts))


def _part(part: str) -> str:
    if part.endswith("+}"):
        return f"(?P<{part[1:-2]}>.+)"
    if part.startswith("{"):
        return f"(?P<{part[1:-1]}>[^/]+)"
    return re.escape(part)
