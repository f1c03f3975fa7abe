"""Who asked a bucket for what: S3 writes it down, in another bucket."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from provision import waiting
from provision.aws import Aws, error_code
from provision.resource import LiveSettings, Resource
from provision.resources.bucket import Bucket
from provision.resources.bucket_policy import BucketPolicy


@dataclass(kw_only=True)
class BucketAccessLog(Resource):
    """A line for each request to `bucket`, in objects under its name in the bucket of `written_to`.

    S3 delivers within hours, and most lines, not every one.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
    """

    kind: ClassVar[str] = "bucket access log"

    bucket: Bucket
    written_to: BucketPolicy  # of the bucket that takes the lines: it must let S3's log delivery in first

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {"written_to": self.written_to.bucket.name, "prefix": f"{self.bucket.name}/"}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        try:
            answer: Any = aws.s3.get_bucket_logging(Bucket=self.bucket.name)
        except ClientError as error:
            if error_code(error) == "NoSuchBucket":
                return self.absent()
            raise
        live = answer.get("LoggingEnabled")
        if not live:
            return self.absent()
        self.id = self.bucket.name
        return {"written_to": live["TargetBucket"], "prefix": live["TargetPrefix"]}

    def create(self, aws: Aws) -> None:  # noqa: D102
        wanted = self.wanted()
        target: Any = {"TargetBucket": wanted["written_to"], "TargetPrefix": wanted["prefix"]}
        status: Any = {"LoggingEnabled": target}
        waiting.retry_while(
            _is_not_yet_let_in,
            lambda: aws.s3.put_bucket_logging(Bucket=self.bucket.name, BucketLoggingStatus=status),
        )
        self.id = self.bucket.name

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: ARG002, D102 - one call sets it all
        self.create(aws)

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.s3.put_bucket_logging(Bucket=self.bucket.name, BucketLoggingStatus={})
        self.absent()


def _is_not_yet_let_in(error: ClientError) -> bool:
    """S3 looks whether its log delivery may write there, and a policy takes a moment to be known."""
    return error_code(error) == "InvalidTargetBucketForLogging"
