"""The edge to the raw bucket: searches every version of every object, and takes a person's lines out."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from contract.raw_object import EVENTS_PREFIX, REJECTED_PREFIX

from erasure.lines import Finder, UnsearchableError, count_lines, without_lines

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

# Requests in flight at once, and versions read ahead of what is looked at.
CONCURRENCY, _MAX_AHEAD = 16, 64


@dataclass(frozen=True)
class Version:
    """One version of a raw object; a bucket that keeps none has one, named null."""

    key: str
    version_id: str
    is_latest: bool


@dataclass
class Found:
    """What raw holds of a person."""

    # key → lines of theirs in the object as it is now, and in versions that are gone: the most in any of them
    lines: dict[str, int] = field(default_factory=dict)
    # key → versions with lines of theirs
    versions: dict[str, list[Version]] = field(default_factory=dict)
    unsearchable: dict[str, str] = field(default_factory=dict)
    searched_count: int = 0

    @property
    def lines_count(self) -> int:
        """Lines of theirs, each object's counted once."""
        return sum(self.lines.values())

    def add(self, version: Version, lines_count: int | UnsearchableError) -> None:
        """Note what one version holds."""
        self.searched_count += 1
        if isinstance(lines_count, UnsearchableError):
            self.unsearchable[version.key] = str(lines_count)
        elif lines_count:
            self.lines[version.key] = max(lines_count, self.lines.get(version.key, 0))
            self.versions.setdefault(version.key, []).append(version)


@dataclass(frozen=True)
class RawBucket:
    """The raw bucket, with the operator's own rights: no function may change what it holds."""

    s3: S3Client
    name: str

    def versions(self) -> Iterator[Version]:
        """Yield every version of every object, accepted and rejected events."""
        for prefix in (EVENTS_PREFIX, REJECTED_PREFIX):
            pages = self.s3.get_paginator("list_object_versions").paginate(Bucket=self.name, Prefix=prefix)
            for page in pages:
                for found in page.get("Versions", []):
                    yield Version(found["Key"], found["VersionId"], found["IsLatest"])

    def search(self, finder: Finder) -> Iterator[tuple[Version, int | UnsearchableError]]:
        """Yield every version with the number of lines of theirs in it, or why it can't be searched."""

        def count(version: Version) -> int | UnsearchableError:
            try:
                return count_lines(self._body(version), finder.is_theirs)
            except UnsearchableError as error:
                return error

        with ThreadPoolExecutor(CONCURRENCY) as pool:
            ahead: deque[tuple[Version, Future[int | UnsearchableError]]] = deque()
            for version in self.versions():
                ahead.append((version, pool.submit(count, version)))
                if len(ahead) >= _MAX_AHEAD:
                    first, counted = ahead.popleft()
                    yield first, counted.result()
            for first, counted in ahead:
                yield first, counted.result()

    def take_out(self, versions: Iterable[Version], finder: Finder) -> None:
        """Write the object without their lines, if it is there, then delete the versions that have them.

        In this order, so that a run that dies has lost nobody else's line, and the next one finds the rest.
        """
        gone = list(versions)
        latest = next((version for version in gone if version.is_latest), None)
        written_id = None
        if latest is not None:
            body = without_lines(self._body(latest), finder.is_theirs)
            written = self.s3.put_object(Bucket=self.name, Key=latest.key, Body=body)
            # a bucket that keeps no versions has replaced the only one
            written_id = written.get("VersionId", "null")
        for version in gone:
            if version.version_id != written_id:
                self.s3.delete_object(Bucket=self.name, Key=version.key, VersionId=version.version_id)

    def _body(self, version: Version) -> bytes:
        found = self.s3.get_object(Bucket=self.name, Key=version.key, VersionId=version.version_id)
        return found["Body"].read()
