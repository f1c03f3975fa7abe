"""Lambda functions, and their code in the artifacts bucket."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from botocore.exceptions import ClientError

from provision import waiting
from provision.aws import Aws, error_code
from provision.function_zip import FunctionZip
from provision.normal_form import known_tags
from provision.resource import Document, LiveSettings, Resource
from provision.resources.bucket import Bucket
from provision.resources.log_group import LogGroup
from provision.resources.network import Subnet
from provision.resources.role import Role
from provision.resources.security_group import SecurityGroup

if TYPE_CHECKING:
    from mypy_boto3_lambda.literals import ArchitectureType

CODE_SETTINGS = {"code_sha256", "architecture"}
RUNTIME: Literal["python3.13"] = "python3.13"


@dataclass(kw_only=True)
class Function(Resource):
    """A function that runs the zip's `handler`, inside the VPC where it has subnets.

    What it is now is only a draft (`$LATEST`): callers use its alias, see function_alias.py.
    """

    kind: ClassVar[str] = "function"

    code: FunctionZip
    artifacts: Bucket
    handler: str
    architecture: ArchitectureType
    role: Role
    log_group: LogGroup
    memory_mb: int
    timeout_seconds: int
    environment: dict[str, str]
    subnets: tuple[Subnet, ...] = ()
    security_groups: tuple[SecurityGroup, ...] = field(default=())
    most_at_once: int = (
        0  # invocations at a time (AWS: reserved concurrency); 0: as many as the account allows
    )

    @property
    def code_key(self) -> str:
        """Where its zip lies in the artifacts bucket; another content is another key."""
        return f"functions/{self.code.function}/{self.code.sha256_hex}.zip"

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            **self.wanted_release(),
            "most_at_once": self.most_at_once or None,
            "tags": self.identity.tags,
        }

    def wanted_release(self) -> LiveSettings:
        """The settings that a published version holds: all that decide how the function works."""
        return {
            "code_sha256": self.code.sha256_base64,
            "architecture": self.architecture,
            "runtime": RUNTIME,
            "handler": self.handler,
            "role": self.role.arn,
            "memory_mb": self.memory_mb,
            "timeout_seconds": self.timeout_seconds,
            "environment": self.environment,
            "subnets": sorted(subnet.id for subnet in self.subnets),
            "security_groups": sorted(group.id for group in self.security_groups),
            "log_group": self.log_group.name,
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        try:
            answer: Any = aws.functions.get_function(FunctionName=self.name)
        except ClientError as error:
            if error_code(error) == "ResourceNotFoundException":
                return self.absent()
            raise
        live = answer["Configuration"]
        self.id, self.arn = live["FunctionName"], live["FunctionArn"]
        return {
            **self.release_of(live),
            "most_at_once": answer.get("Concurrency", {}).get("ReservedConcurrentExecutions"),
            "tags": known_tags(answer.get("Tags", {}), self.identity.tags),
        }

    def release_of(self, live: Document) -> LiveSettings:
        """What Lambda says of the function, or of one of its versions, in the form of `wanted_release`."""
        vpc = live.get("VpcConfig", {})
        return {
            "code_sha256": live["CodeSha256"],
            "architecture": live["Architectures"][0],
            "runtime": live["Runtime"],
            "handler": live["Handler"],
            "role": live["Role"],
            "memory_mb": live["MemorySize"],
            "timeout_seconds": live["Timeout"],
            "environment": live.get("Environment", {}).get("Variables", {}),
            "subnets": sorted(vpc.get("SubnetIds", [])),
            "security_groups": sorted(vpc.get("SecurityGroupIds", [])),
            "log_group": live.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{self.name}"),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        self._upload(aws)
        request: Document = {
            **self._configuration(),
            "Code": {"S3Bucket": self.artifacts.name, "S3Key": self.code_key},
            "Architectures": [self.architecture],
            "Tags": self.identity.tags,
        }
        made = waiting.retry_while(
            waiting.is_role_not_yet_known, lambda: aws.functions.create_function(**request)
        )
        self.id, self.arn = made["FunctionName"], made["FunctionArn"]
        aws.functions.get_waiter("function_active_v2").wait(FunctionName=self.name)
        if self.most_at_once:
            self._limit(aws)

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        names = set(changed)
        aws.functions.get_waiter("function_updated_v2").wait(FunctionName=self.name)
        if names & CODE_SETTINGS:
            self._update_code(aws)
        if names - CODE_SETTINGS - {"most_at_once", "tags"}:
            request = self._configuration()
            waiting.retry_while(
                lambda error: waiting.is_role_not_yet_known(error) or waiting.is_busy(error),
                lambda: aws.functions.update_function_configuration(**request),
            )
            aws.functions.get_waiter("function_updated_v2").wait(FunctionName=self.name)
        if "most_at_once" in names:
            self._limit(aws)
        if "tags" in names:
            aws.functions.tag_resource(Resource=self.arn, Tags=self.identity.tags)

    def delete(self, aws: Aws) -> None:  # noqa: D102
        waiting.retry_while(waiting.is_busy, lambda: aws.functions.delete_function(FunctionName=self.name))
        self.absent()

    def _limit(self, aws: Aws) -> None:
        if self.most_at_once:
            aws.functions.put_function_concurrency(
                FunctionName=self.name, ReservedConcurrentExecutions=self.most_at_once
            )
        else:
            aws.functions.delete_function_concurrency(FunctionName=self.name)

    def _configuration(self) -> Document:
        return {
            "FunctionName": self.name,
            "Runtime": RUNTIME,
            "Handler": self.handler,
            "Role": self.role.arn,
            "MemorySize": self.memory_mb,
            "Timeout": self.timeout_seconds,
            "Environment": {"Variables": self.environment},
            "VpcConfig": {
                "SubnetIds": [subnet.id for subnet in self.subnets],
                "SecurityGroupIds": [group.id for group in self.security_groups],
            },
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": self.log_group.name},
        }

    def _update_code(self, aws: Aws) -> None:
        self._upload(aws)
        waiting.retry_while(
            waiting.is_busy,
            lambda: aws.functions.update_function_code(
                FunctionName=self.name,
                S3Bucket=self.artifacts.name,
                S3Key=self.code_key,
                Architectures=[self.architecture],
            ),
        )
        aws.functions.get_waiter("function_updated_v2").wait(FunctionName=self.name)

    def _upload(self, aws: Aws) -> None:
        """Through S3, because Lambda takes at most 50 MB in the call itself."""
        try:
            aws.s3.head_object(Bucket=self.artifacts.name, Key=self.code_key)
        except ClientError as error:
            if error_code(error) not in {"404", "NoSuchKey"}:
                raise
            aws.s3.upload_file(str(self.code.path), self.artifacts.name, self.code_key)
