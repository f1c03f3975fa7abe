"""`--only NAME`: some things of the stack alone, with what they refer to read but never changed."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterator, Sequence

from provision.aws import Aws
from provision.errors import TerminalError
from provision.resource import Resource


def select(stack: Sequence[Resource], wanted: str) -> list[Resource]:
    """The things whose name or kind is `wanted`, in the stack's order; raises with near names without one."""
    found = [resource for resource in stack if wanted in (resource.name, resource.kind)]
    if found:
        return found
    known = sorted({resource.name for resource in stack} | {resource.kind for resource in stack})
    # people leave the stem out, so that near names are looked for behind it, too
    near = difflib.get_close_matches(wanted, known, n=5, cutoff=0.5)
    near += [name for name in known if wanted in name and name not in near]
    hint = f"Near it: {', '.join(near)}." if near else f"Kinds are: {', '.join(_kinds(stack))}."
    raise TerminalError(
        f"--only must be the name or the kind of something in the stack, given {wanted!r}. {hint}"
    )


def read_references(selected: Sequence[Resource], stack: Sequence[Resource], aws: Aws) -> None:
    """What the selected things refer to is read; raises when something of it is not live."""
    needed = {id(one) for resource in selected for one in references(resource)}
    made = {id(resource) for resource in selected}
    for resource in stack:
        if id(resource) in needed - made and resource.read(aws) is None:
            raise TerminalError(
                f"{selected[0].kind} {selected[0].name} needs {resource.kind} {resource.name}, which is not "
                f"there: --only makes nothing else. Run first: "
                f"python -m provision apply --only {resource.name}"
            )


def references(resource: Resource) -> Iterator[Resource]:
    """Everything that a thing refers to, directly or through others."""
    for field in dataclasses.fields(resource):
        for one in _resources_in(getattr(resource, field.name)):
            yield one
            yield from references(one)


def _resources_in(value: object) -> Iterator[Resource]:
    if isinstance(value, Resource):
        yield value
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _resources_in(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _resources_in(getattr(value, field.name))


def _kinds(stack: Sequence[Resource]) -> list[str]:
    return sorted({resource.kind for resource in stack})
