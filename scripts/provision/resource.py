"""What every AWS thing in the stack is: its settings, and four verbs that make AWS agree with them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias, TypeVar

from provision.aws import Aws
from provision.errors import TerminalError
from provision.identity import Identity

# Stands where AWS will put an id: in plans for things that do not exist yet.
UNKNOWN = "(known after create)"
LiveSettings = dict[str, Any]
# A part of a boto3 request or answer: the stubs' types for them differ from call to call.
Document: TypeAlias = Any
Found = TypeVar("Found")


@dataclass(kw_only=True)
class Resource(ABC):
    """One AWS thing. A field that holds another Resource refers to it; that one stands earlier in the stack.

    `id` and `arn` are what AWS calls the live thing: `read` and `create` fill them in.
    """

    kind: ClassVar[str]
    # settings that AWS cannot change in place: the plan refuses them before the first call
    fixed: ClassVar[frozenset[str]] = frozenset()
    # why deleting it takes minutes, for who waits; empty: it does not
    slow_to_delete: ClassVar[str] = ""

    identity: Identity
    keep: bool = False  # holds data: `destroy` leaves it unless asked for it by the environment's name
    id: str = field(default=UNKNOWN, init=False)
    arn: str = field(default=UNKNOWN, init=False)

    @property
    def name(self) -> str:
        """The name that people and AWS know it by."""
        return self.identity.name

    @property
    def exists(self) -> bool:
        """Whether the last `read` or `create` found it live."""
        return self.id != UNKNOWN

    @property
    def held(self) -> frozenset[str]:
        """Settings that a person put otherwise on purpose: the plan shows them, `apply` leaves them."""
        return frozenset()

    @property
    def blocked(self) -> frozenset[str]:
        """The fixed settings, and those that can't go from what the last `read` found to what is wanted."""
        return self.fixed

    def absent(self) -> LiveSettings | None:
        """None, and the live thing is forgotten: what `read` returns when AWS has no such thing."""
        self.id = self.arn = UNKNOWN
        return None

    @abstractmethod
    def wanted(self) -> LiveSettings:
        """The settings as they should be live, in the same normal form that `read` returns."""

    @abstractmethod
    def read(self, aws: Aws) -> LiveSettings | None:
        """The live settings, or None when AWS has no such thing; only describes, never changes."""

    @abstractmethod
    def create(self, aws: Aws) -> None:
        """It exists as wanted, tagged in the call that made it."""

    @abstractmethod
    def update(self, aws: Aws, changed: Collection[str]) -> None:
        """The settings named in `changed` are live as wanted."""

    @abstractmethod
    def delete(self, aws: Aws) -> None:
        """It is gone."""


def only_one(found: Iterable[Found], resource: Resource) -> Found | None:
    """The single live thing with this identity, None without one; two are for a person to sort out."""
    items = list(found)
    if len(items) > 1:
        raise TerminalError(
            f"There must be one {resource.kind} {resource.name} with tags {resource.identity.tags}, "
            f"found {len(items)}: {items}. Delete the one that is not in use, then run again."
        )
    return items[0] if items else None
