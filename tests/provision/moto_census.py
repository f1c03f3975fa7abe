"""Counts everything that the emulated AWS holds, by walking its own records: no sort of thing is left out.

What a dying run leaves half-made may have neither tags nor a name of ours, so that no listing by these would
show it. Here each object of moto's models counts, whatever it is called and whichever service it belongs to.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend


def census() -> Counter[str]:
    """How many objects of each class there are in all services, such as `ec2.VPC` or `s3.FakeKey`."""
    counts: Counter[str] = Counter()
    seen: set[int] = set()
    waiting: list[Any] = [backend for table in _tables() for _, _, backend in table.iter_backends()]
    while waiting:
        value = waiting.pop()
        if id(value) in seen or isinstance(value, str | bytes | int | float | bool | type(None) | type):
            continue
        seen.add(id(value))
        if _is_record(value):
            counts[f"{type(value).__module__.split('.')[1]}.{type(value).__name__}"] += 1
        waiting.extend(_within(value))
    return counts


def _tables() -> list[Any]:
    in_use: Any = BackendDict
    return list(in_use._instances)


def _is_record(value: object) -> bool:
    """Whether it is one of moto's models: no backend, and no plain list or table."""
    is_motos = type(value).__module__.startswith("moto.") and not isinstance(value, BaseBackend)
    return is_motos and not isinstance(value, Mapping | list)


def _within(value: Any) -> Iterator[Any]:
    """What a value holds: items of lists and tables, attributes of moto's own objects."""
    if hasattr(value, "getlist"):  # all versions of each object, not the newest alone
        for key in dict.keys(value):
            yield from value.getlist(key)
    elif isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, list | tuple | set | frozenset):
        yield from value
    if type(value).__module__.startswith("moto."):
        yield from vars(value).values() if hasattr(value, "__dict__") else ()
