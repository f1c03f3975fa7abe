"""EventBridge Scheduler: groups, which carry the tags, and the schedules in them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from provision import waiting
from provision.aws import Aws, error_code
from provision.normal_form import known_tags, tag_pairs, tags_of_pairs
from provision.resource import Document, LiveSettings, Resource
from provision.resources.function_alias import FunctionAlias
from provision.resources.queue import Queue
from provision.resources.role import Role


@dataclass(kw_only=True)
class ScheduleGroup(Resource):
    """A group of schedules; a schedule itself cannot be tagged."""

    kind: ClassVar[str] = "schedule group"

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {"tags": self.identity.tags}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        live = self._describe(aws)
        if live is None or live["State"] == "DELETING":
            return self.absent()
        self.id, self.arn = live["Name"], live["Arn"]
        tags = tags_of_pairs(aws.schedules.list_tags_for_resource(ResourceArn=self.arn)["Tags"])
        return {"tags": known_tags(tags, self.identity.tags)}

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = waiting.retry_while(
            waiting.is_busy,
            lambda: aws.schedules.create_schedule_group(Name=self.name, Tags=tag_pairs(self.identity.tags)),
        )
        self.id, self.arn = self.name, made["ScheduleGroupArn"]

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: ARG002, D102 - one setting can change
        aws.schedules.tag_resource(ResourceArn=self.arn, Tags=tag_pairs(self.identity.tags))

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.schedules.delete_schedule_group(Name=self.name)
        waiting.wait_until(lambda: self._describe(aws) is None, f"{self.kind} {self.name} deleted")
        self.absent()

    def _describe(self, aws: Aws) -> Document:
        try:
            return aws.schedules.get_schedule_group(Name=self.name)
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                return None
            raise


@dataclass(kw_only=True)
class Schedule(Resource):
    """Invokes a function by the clock; what cannot be delivered after its retries goes to the queue.

    Without a queue it is dropped: then the next time must do as well.
    """

    kind: ClassVar[str] = "schedule"

    group: ScheduleGroup
    expression: str  # rate(…) or cron(…), in UTC
    function: FunctionAlias
    role: Role
    dead_letters: Queue | None
    retries: int
    retry_for_seconds: int = 3600  # a later run does the same work
    input: str = "{}"

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "state": "ENABLED",
            "expression": self.expression,
            "flexible_window": "OFF",
            "target": self.function.arn,
            "role": self.role.arn,
            "input": self.input,
            "retries": self.retries,
            "retry_for_seconds": self.retry_for_seconds,
            "dead_letters": self.dead_letters.arn if self.dead_letters else None,
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        try:
            live: Any = aws.schedules.get_schedule(GroupName=self.group.name, Name=self.name)
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                return self.absent()
            raise
        self.id, self.arn = live["Name"], live["Arn"]
        target = live["Target"]
        return {
            "state": live["State"],
            "expression": live["ScheduleExpression"],
            "flexible_window": live["FlexibleTimeWindow"]["Mode"],
            "target": target["Arn"],
            "role": target["RoleArn"],
            "input": target.get("Input"),
            "retries": target.get("RetryPolicy", {}).get("MaximumRetryAttempts"),
            "retry_for_seconds": target.get("RetryPolicy", {}).get("MaximumEventAgeInSeconds"),
            "dead_letters": target.get("DeadLetterConfig", {}).get("Arn"),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = waiting.retry_while(
            waiting.is_role_not_yet_known, lambda: aws.schedules.create_schedule(**self._request())
        )
        self.id, self.arn = self.name, made["ScheduleArn"]

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: ARG002, D102 - the call takes all of them
        waiting.retry_while(
            waiting.is_role_not_yet_known, lambda: aws.schedules.update_schedule(**self._request())
        )

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.schedules.delete_schedule(GroupName=self.group.name, Name=self.name)
        self.absent()

    def _request(self) -> Document:
        dead_letters = {"DeadLetterConfig": {"Arn": self.dead_letters.arn}} if self.dead_letters else {}
        return {
            "Name": self.name,
            "GroupName": self.group.name,
            "State": "ENABLED",
            "ScheduleExpression": self.expression,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "Target": {
                "Arn": self.function.arn,
                "RoleArn": self.role.arn,
                "Input": self.input,
                "RetryPolicy": {
                    "MaximumRetryAttempts": self.retries,
                    "MaximumEventAgeInSeconds": self.retry_for_seconds,
                },
                **dead_letters,
            },
        }
