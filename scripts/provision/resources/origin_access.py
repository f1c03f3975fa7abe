"""CloudFront's identity towards a bucket, so that the bucket can stay closed to everyone else."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from provision import waiting
from provision.aws import Aws
from provision.resource import Document, LiveSettings, Resource, only_one


@dataclass(kw_only=True)
class OriginAccessControl(Resource):
    """CloudFront signs every request to a bucket. It has no tags: its name, unique in the account, is it."""

    kind: ClassVar[str] = "origin access control"

    def wanted(self) -> LiveSettings:  # noqa: D102
        return self._settings()

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        pages = aws.delivery.get_paginator("list_origin_access_controls").paginate()
        listed = (item for page in pages for item in page["OriginAccessControlList"].get("Items", []))
        live: Any = only_one((item for item in listed if item["Name"] == self.name), self)
        if live is None:
            return self.absent()
        self.id = live["Id"]
        return {key: live.get(key) for key in self._settings()}

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = aws.delivery.create_origin_access_control(OriginAccessControlConfig=self._config())
        self.id = made["OriginAccessControl"]["Id"]

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: ARG002, D102 - the call takes all of them
        aws.delivery.update_origin_access_control(
            Id=self.id, IfMatch=self._version(aws), OriginAccessControlConfig=self._config()
        )

    def delete(self, aws: Aws) -> None:  # noqa: D102
        # a distribution that was just deleted may hold it a little longer
        waiting.retry_while(
            waiting.is_in_use,
            lambda: aws.delivery.delete_origin_access_control(Id=self.id, IfMatch=self._version(aws)),
        )
        self.absent()

    def _version(self, aws: Aws) -> str:
        """CloudFront changes only the version that one has seen."""
        return str(aws.delivery.get_origin_access_control(Id=self.id)["ETag"])

    def _config(self) -> Document:
        return {"Name": self.name, **self._settings()}

    def _settings(self) -> LiveSettings:
        return {
            "Description": "CloudFront reads the bucket",
            "OriginAccessControlOriginType": "s3",
            "SigningBehavior": "always",
            "SigningProtocol": "sigv4",
        }
