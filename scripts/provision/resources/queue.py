"""Queues: where what could not be delivered waits for a person."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from provision import waiting
from provision.aws import Aws, error_code
from provision.normal_form import known_tags
from provision.resource import Document, LiveSettings, Resource

NO_SUCH_QUEUE = {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"}
SECONDS_PER_DAY = 86_400


@dataclass(kw_only=True)
class Queue(Resource):
    """An encrypted queue whose messages are kept for `retention_days`. Its id is its URL."""

    kind: ClassVar[str] = "queue"

    retention_days: int

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {"retention_days": self.retention_days, "is_encrypted": True, "tags": self.identity.tags}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        try:
            self.id = aws.queues.get_queue_url(QueueName=self.name)["QueueUrl"]
            live: Any = aws.queues.get_queue_attributes(QueueUrl=self.id, AttributeNames=["All"])[
                "Attributes"
            ]
        except ClientError as error:
            if error_code(error) in NO_SUCH_QUEUE:
                return self.absent()
            raise
        self.arn = live["QueueArn"]
        tags = aws.queues.list_queue_tags(QueueUrl=self.id).get("Tags", {})
        return {
            "retention_days": int(live["MessageRetentionPeriod"]) / SECONDS_PER_DAY,
            "is_encrypted": live.get("SqsManagedSseEnabled", "false").lower() == "true",
            "tags": known_tags(tags, self.identity.tags),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        # SQS refuses a name for 60 seconds after its queue was deleted
        waiting.retry_while(
            waiting.is_busy,
            lambda: aws.queues.create_queue(
                QueueName=self.name, Attributes=self._attributes(), tags=self.identity.tags
            ),
        )
        self.read(aws)

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        if set(changed) - {"tags"}:
            aws.queues.set_queue_attributes(QueueUrl=self.id, Attributes=self._attributes())
        if "tags" in changed:
            aws.queues.tag_queue(QueueUrl=self.id, Tags=self.identity.tags)

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.queues.delete_queue(QueueUrl=self.id)
        self.absent()

    def _attributes(self) -> Document:
        return {
            "MessageRetentionPeriod": str(self.retention_days * SECONDS_PER_DAY),
            "SqsManagedSseEnabled": "true",
        }
