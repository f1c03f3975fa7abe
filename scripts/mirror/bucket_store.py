"""The artifacts bucket as a place for the repository: below `apt/`, its key below `secrets/operator/`."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from provision.aws import error_code
from provision.errors import TerminalError, TransientError
from provision.secret_keys import APT_SIGNING_KEY
from provision.user_data import APT_PREFIX

from mirror.store import Content, Stored

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ABSENT = {"404", "NoSuchKey", "NotFound"}
_LOST_RACE = {"412", "PreconditionFailed", "409", "ConditionalRequestConflict"}
_DELETED_AT_ONCE = 1000
_TYPES = {
    ".deb": "application/vnd.debian.binary-package",
    ".xz": "application/x-xz",
    ".json": "application/json",
}


@dataclass(frozen=True)
class BucketStore:
    """The bucket encrypts with S3's own keys, so that an object's ETag is its MD5."""

    s3: S3Client
    bucket: str

    @property
    def place(self) -> str:
        """The bucket and the prefix."""
        return f"s3://{self.bucket}/{APT_PREFIX}"

    def listing(self) -> dict[str, Stored]:
        """Everything below the prefix; nothing where there is no such bucket yet."""
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=f"{APT_PREFIX}/")
        try:
            return {
                found["Key"].removeprefix(f"{APT_PREFIX}/"): Stored(
                    found["Size"], found["ETag"].strip('"'), found["LastModified"]
                )
                for page in pages
                for found in page.get("Contents", [])
            }
        except ClientError as error:
            if error_code(error) == "NoSuchBucket":
                return {}
            raise

    def read(self, path: str) -> Content | None:
        """The object's bytes."""
        return self._read(f"{APT_PREFIX}/{path}")

    def write(self, path: str, source: bytes | Path, sha256: str) -> None:
        """The object is there; S3 refuses bytes that do not have the SHA-256."""
        checksum = base64.b64encode(bytes.fromhex(sha256)).decode()
        key, type_ = f"{APT_PREFIX}/{path}", _TYPES.get(Path(path).suffix, "text/plain")
        if isinstance(source, bytes):
            self.s3.put_object(
                Bucket=self.bucket, Key=key, Body=source, ChecksumSHA256=checksum, ContentType=type_
            )
            return
        with source.open("rb") as file:
            self.s3.put_object(
                Bucket=self.bucket, Key=key, Body=file, ChecksumSHA256=checksum, ContentType=type_
            )

    def switch(self, path: str, body: bytes, before: Content | None) -> None:
        """The object is replaced in one step, if it still is what it was."""
        key = f"{APT_PREFIX}/{path}"
        try:
            if before is None:
                self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, IfNoneMatch="*")
            else:
                self.s3.put_object(Bucket=self.bucket, Key=key, Body=body, IfMatch=f'"{before.md5}"')
        except ClientError as error:
            now = self.read(path) if error_code(error) in _LOST_RACE else None
            if now is None:
                raise
            if now.body != body:  # else it was us: the answer to the first try got lost
                raise TransientError(
                    f"{self.place}/{path} was written by somebody else meanwhile. Run this again."
                ) from error

    def remove(self, paths: Iterable[str]) -> None:
        """The objects are gone; the bucket keeps them as old versions for a while."""
        keys = [f"{APT_PREFIX}/{path}" for path in paths]
        for first in range(0, len(keys), _DELETED_AT_ONCE):
            answer = self.s3.delete_objects(
                Bucket=self.bucket,
                Delete={
                    "Objects": [{"Key": key} for key in keys[first : first + _DELETED_AT_ONCE]],
                    "Quiet": True,
                },
            )
            if answer.get("Errors"):
                failed = answer["Errors"][0]
                raise TransientError(f"{failed.get('Key')} must be deleted, S3 says {failed.get('Message')}.")

    def read_secret(self) -> bytes | None:
        """The signing key."""
        found = self._read(APT_SIGNING_KEY)
        return found.body if found else None

    def keep_secret(self, secret: bytes, *, is_replaced: bool) -> bytes:
        """Never overwrites a key unless told to: two that begin at once agree on the first one's."""
        if is_replaced:
            self.s3.put_object(Bucket=self.bucket, Key=APT_SIGNING_KEY, Body=secret)
            return secret
        try:
            self.s3.put_object(Bucket=self.bucket, Key=APT_SIGNING_KEY, Body=secret, IfNoneMatch="*")
        except ClientError as error:
            if error_code(error) not in _LOST_RACE:
                raise
            return self.read_secret() or secret
        return secret

    def _read(self, key: str) -> Content | None:
        try:
            answer = self.s3.get_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error_code(error) in _ABSENT:
                return None
            if error_code(error) == "NoSuchBucket":
                raise TerminalError(
                    f"There must be a bucket {self.bucket}. Make it with: python -m provision apply"
                ) from error
            raise
        return Content(answer["Body"].read(), answer["ETag"].strip('"'))
