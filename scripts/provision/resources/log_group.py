"""Log groups, made before whoever writes to them, so that nothing is kept for ever."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from provision.aws import Aws
from provision.normal_form import known_tags
from provision.resource import LiveSettings, Resource


@dataclass(kw_only=True)
class LogGroup(Resource):
    """A log group whose lines are deleted after `retention_days`."""

    kind: ClassVar[str] = "log group"

    retention_days: int

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {"retention_days": self.retention_days, "tags": self.identity.tags}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        pages = aws.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=self.name)
        live = [group for page in pages for group in page["logGroups"] if group["logGroupName"] == self.name]
        if not live:
            return self.absent()
        self.id = self.name
        self.arn = live[0]["arn"].removesuffix(":*")
        tags = aws.logs.list_tags_for_resource(resourceArn=self.arn)["tags"]
        return {
            "retention_days": live[0].get("retentionInDays"),
            "tags": known_tags(tags, self.identity.tags),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        aws.logs.create_log_group(logGroupName=self.name, tags=self.identity.tags)
        aws.logs.put_retention_policy(logGroupName=self.name, retentionInDays=self.retention_days)
        self.read(aws)

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        if "retention_days" in changed:
            aws.logs.put_retention_policy(logGroupName=self.name, retentionInDays=self.retention_days)
        if "tags" in changed:
            aws.logs.tag_resource(resourceArn=self.arn, tags=self.identity.tags)

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.logs.delete_log_group(logGroupName=self.name)
        self.absent()
