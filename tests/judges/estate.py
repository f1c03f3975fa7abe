"""What the judges look at: the stack with every id filled in, and every policy in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from provision.aws import Account
from provision.normal_form import PolicyDocument
from provision.operator_policy import operator_policies
from provision.resource import Resource
from provision.settings import Settings

FUNCTIONS = Path(__file__).resolve().parents[2] / "lambda_src"
Kind = TypeVar("Kind", bound=Resource)


def function_names() -> list[str]:
    """The functions of this repository, by the folders that have requirements of their own."""
    return sorted(path.parent.name for path in FUNCTIONS.glob("*/requirements.in"))


@dataclass(frozen=True)
class Estate:
    """The stack as it was made, and what it was made from."""

    settings: Settings
    account: Account
    stack: list[Resource]

    def what(self, part: Resource) -> str:
        """The name that the stack gives it: `etl`, not `cloudworks-production-etl`."""
        stem = f"{self.settings.project}-{self.settings.environment}-"
        return part.name.rpartition("/")[2].removeprefix(stem).removesuffix(f"-{self.account.id}")

    def find(self, kind: type[Kind], what: str) -> Kind:
        """The part of that class and name."""
        return next(part for part in self.stack if isinstance(part, kind) and self.what(part) == what)

    def policies(self) -> dict[str, PolicyDocument]:
        """Every policy of the estate and the operator's, by kind of thing, name and setting."""
        found = {
            f"{part.kind} {self.what(part)} {setting}": document
            for part in self.stack
            for setting, document in documents_in(part.wanted())
        }
        stem = f"{self.settings.project}-{self.settings.environment}-"
        operator = operator_policies(self.settings, self.account)
        return found | {name.removeprefix(stem): document for name, document in operator.items()}


def documents_in(settings: object, path: str = "") -> Iterator[tuple[str, PolicyDocument]]:
    """Each policy document anywhere in the settings, with the setting that holds it."""
    if not isinstance(settings, Mapping):
        return
    if "Statement" in settings:
        yield path, dict(settings)
        return
    for key, value in settings.items():
        yield from documents_in(value, path or str(key))


def as_list(value: object) -> list[str]:
    """A policy's single values as lists of one."""
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]
