"""What callers of a function call: an alias that names one published version, and its rollback.

A version is code and configuration together, and never changes. `apply` publishes one when the newest differs
from what is wanted, and moves the alias to it. A person moves it back with `python -m provision rollback`;
the alias then says so in its description, and stays there until another version is published or it is moved
again: `apply` never puts a bad release back by itself.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import ClassVar

from botocore.exceptions import ClientError

from provision import waiting
from provision.aws import Aws, error_code
from provision.errors import TerminalError
from provision.resource import UNKNOWN, Document, LiveSettings, Resource
from provision.resources.function import Function

ALIAS = "live"
RELEASED = "The newest version"
NO_WEIGHTS: Document = {"AdditionalVersionWeights": {}}


@dataclass(kw_only=True)
class FunctionAlias(Resource):
    """The alias `live` of a function. Besides the newest version, `versions_kept` stay to go back to."""

    kind: ClassVar[str] = "function alias"

    function: Function
    versions_kept: int
    _published: dict[int, LiveSettings] = field(default_factory=dict, init=False, repr=False)
    _live: Document = field(default=None, init=False, repr=False)

    @property
    def newest(self) -> int | None:
        """The number of the newest version, as last read; None before the first."""
        return max(self._published, default=None)

    @property
    def is_rolled_back(self) -> bool:
        """Whether a person moved it off the version that is still the newest, and that one is as wanted."""
        return bool(
            self._live
            and self.newest is not None
            and self._is_released()
            and self._live.get("Description") == _rolled_back_from(self.newest)
            and self._live["FunctionVersion"] != str(self.newest)
        )

    @property
    def held(self) -> frozenset[str]:  # noqa: D102
        return frozenset({"version"} if self.is_rolled_back else ())

    def wanted(self) -> LiveSettings:  # noqa: D102
        version = str(self.newest) if self._is_released() else UNKNOWN
        return {"version": version, "shares": {}, "versions_to_prune": []}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        self._published, self._live = {}, None
        try:
            self._published = self._read_versions(aws)
            self._live = aws.functions.get_alias(FunctionName=self.function.name, Name=ALIAS)
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                return self.absent()
            raise
        self.id, self.arn = self._live["Name"], self._live["AliasArn"]
        return {
            "version": self._live["FunctionVersion"],
            # a share of the calls that goes to another version
            "shares": (self._live.get("RoutingConfig") or {}).get("AdditionalVersionWeights", {}),
            "versions_to_prune": self._versions_to_prune(),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        version = self._release(aws)
        made = aws.functions.create_alias(
            FunctionName=self.function.name, Name=ALIAS, FunctionVersion=version, Description=RELEASED
        )
        self.id, self.arn = made["Name"], made["AliasArn"]

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        if "version" in changed:
            self._point_to(self._release(aws), RELEASED, aws)
        elif "shares" in changed:
            self._point_to(self._live["FunctionVersion"], self._live.get("Description", RELEASED), aws)
        self.read(aws)
        for version in self._versions_to_prune():
            aws.functions.delete_function(FunctionName=self.function.name, Qualifier=str(version))

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.functions.delete_alias(FunctionName=self.function.name, Name=ALIAS)
        self.absent()

    def roll_back(self, aws: Aws, to: int | None = None) -> tuple[int, int]:
        """The alias names version `to`, or the one before its own; returns the old and the new number."""
        if self.read(aws) is None or self.newest is None:
            raise TerminalError(f"{self.name} must be released before it can be rolled back: it is not live.")
        before = self._live["FunctionVersion"]
        older = [version for version in self._published if before == "$LATEST" or version < int(before)]
        chosen = to if to is not None else max(older, default=None)
        if chosen is None or chosen not in self._published:
            what = "no version before" if chosen is None else f"no version {chosen} beside"
            raise TerminalError(
                f"{self.name} has {what} its live version {before}. Its versions are "
                f"{sorted(self._published)}: choose one with --to VERSION."
            )
        self._point_to(
            str(chosen), RELEASED if chosen == self.newest else _rolled_back_from(self.newest), aws
        )
        return (self.newest if before == "$LATEST" else int(before)), chosen

    def _is_released(self) -> bool:
        """Whether the newest version is what the function should be."""
        return self.newest is not None and self._published[self.newest] == self.function.wanted_release()

    def _versions_to_prune(self) -> list[int]:
        """Old versions beyond those kept; the live one and one that a share of the calls goes to stay."""
        in_use = {self._live["FunctionVersion"]}
        in_use |= set((self._live.get("RoutingConfig") or {}).get("AdditionalVersionWeights", {}))
        old = sorted(version for version in self._published if version != self.newest)
        beyond = old[: max(0, len(old) - self.versions_kept)]
        return [version for version in beyond if str(version) not in in_use]

    def _read_versions(self, aws: Aws) -> dict[int, LiveSettings]:
        pages = aws.functions.get_paginator("list_versions_by_function").paginate(
            FunctionName=self.function.name
        )
        found = (live for page in pages for live in page["Versions"] if live["Version"] != "$LATEST")
        return {int(live["Version"]): self.function.release_of(live) for live in found}

    def _release(self, aws: Aws) -> str:
        """The number of a version that is as wanted: the newest, if it is, or one published now."""
        self._published = self._read_versions(aws)
        if self._is_released():
            return str(self.newest)
        name = self.function.name
        aws.functions.get_waiter("function_updated_v2").wait(FunctionName=name)
        # The sum makes Lambda refuse to publish what somebody else deployed a moment ago.
        sha256 = self.function.code.sha256_base64
        version = waiting.retry_while(
            waiting.is_busy, lambda: aws.functions.publish_version(FunctionName=name, CodeSha256=sha256)
        )["Version"]
        aws.functions.get_waiter("function_active_v2").wait(FunctionName=name, Qualifier=version)
        return version

    def _point_to(self, version: str, description: str, aws: Aws) -> None:
        aws.functions.update_alias(
            FunctionName=self.function.name,
            Name=ALIAS,
            FunctionVersion=version,
            Description=description,
            RoutingConfig=NO_WEIGHTS,
        )


def _rolled_back_from(version: int) -> str:
    """The alias's description after a rollback: how a later run knows that it is on purpose."""
    return f"Rolled back from version {version}"
