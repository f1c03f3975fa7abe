"""Names for what has no type of its own: moto's objects, and documents of JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Moto: TypeAlias = Any  # an object of moto's, used as moto 5.2.5 made it
Json: TypeAlias = Any  # a value as json.loads returns it


def replace_methods(owner: type, **methods: Callable[..., Any] | property) -> None:
    """Put our methods in the place of moto's, or beside them."""
    for name, method in methods.items():
        setattr(owner, name, method)
