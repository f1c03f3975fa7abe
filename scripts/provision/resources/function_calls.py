"""Who may call a function's alias, and what becomes of a call that nobody waits for."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from provision import waiting
from provision.aws import Aws, error_code
from provision.resource import Document, LiveSettings, Resource
from provision.resources.function_alias import ALIAS, FunctionAlias
from provision.resources.queue import Queue


@dataclass(kw_only=True)
class FunctionPermission(Resource):
    """One service may invoke the alias, from one place only; the function's other versions it may not."""

    kind: ClassVar[str] = "function permission"

    function: FunctionAlias
    principal: str
    source: Resource
    source_path: str  # what follows the source's ARN, such as `/*/POST/v1/events`

    @property
    def source_arn(self) -> str:
        """From where the function may be invoked."""
        return f"{self.source.arn}{self.source_path}"

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {"principal": self.principal, "source_arn": self.source_arn, "function": self.function.arn}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        try:
            answer = aws.functions.get_policy(FunctionName=self.function.name, Qualifier=ALIAS)
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                return self.absent()
            raise
        statements = json.loads(answer["Policy"])["Statement"]
        live = next((found for found in statements if found["Sid"] == self.name), None)
        if live is None:
            return self.absent()
        self.id = self.name
        return {
            "principal": live["Principal"]["Service"],
            "source_arn": live.get("Condition", {}).get("ArnLike", {}).get("AWS:SourceArn"),
            "function": live["Resource"],
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        aws.functions.add_permission(
            FunctionName=self.function.name,
            Qualifier=ALIAS,
            StatementId=self.name,
            Action="lambda:InvokeFunction",
            Principal=self.principal,
            SourceArn=self.source_arn,
        )
        self.id = self.name

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: ARG002, D102 - Lambda has no call to change one
        self.delete(aws)
        self.create(aws)

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.functions.remove_permission(
            FunctionName=self.function.name, Qualifier=ALIAS, StatementId=self.name
        )
        self.absent()


@dataclass(kw_only=True)
class AsynchronousCalls(Resource):
    """How often a failed call that nobody waits for is tried again, and the queue that it ends in.

    A call that finds the function busy is tried for `try_for_seconds`. The function's role sends the message.
    """

    kind: ClassVar[str] = "asynchronous calls"

    function: FunctionAlias
    on_failure: Queue
    retries: int = 2
    try_for_seconds: int = 3600

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "retries": self.retries,
            "try_for_seconds": self.try_for_seconds,
            "on_failure": self.on_failure.arn,
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        try:
            live: Any = aws.functions.get_function_event_invoke_config(
                FunctionName=self.function.name, Qualifier=ALIAS
            )
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                return self.absent()
            raise
        self.id, self.arn = self.name, live["FunctionArn"]
        return {
            "retries": live.get("MaximumRetryAttempts"),
            "try_for_seconds": live.get("MaximumEventAgeInSeconds"),
            "on_failure": live.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        request = self._request()
        made = waiting.retry_while(
            waiting.is_role_not_yet_known, lambda: aws.functions.put_function_event_invoke_config(**request)
        )
        self.id, self.arn = self.name, made["FunctionArn"]

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: ARG002, D102 - the call takes all of them
        self.create(aws)

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.functions.delete_function_event_invoke_config(FunctionName=self.function.name, Qualifier=ALIAS)
        self.absent()

    def _request(self) -> Document:
        return {
            "FunctionName": self.function.name,
            "Qualifier": ALIAS,
            "MaximumRetryAttempts": self.retries,
            "MaximumEventAgeInSeconds": self.try_for_seconds,
            "DestinationConfig": {"OnFailure": {"Destination": self.on_failure.arn}},
        }
