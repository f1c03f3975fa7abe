"""Policies of buckets, apart from them: they name what is made after the bucket, an endpoint for one."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import ClassVar

from botocore.exceptions import ClientError

from provision import waiting
from provision.aws import Aws, error_code
from provision.normal_form import PolicyDocument, normal_policy, policy_text
from provision.resource import LiveSettings, Resource
from provision.resources.bucket import Bucket


@dataclass(kw_only=True)
class BucketPolicy(Resource):
    """What the bucket itself says to whoever comes. It stands after all that it names.

    `document` makes the policy once the ids of `refers_to` are known.
    """

    kind: ClassVar[str] = "bucket policy"

    bucket: Bucket
    refers_to: tuple[Resource, ...] = ()
    document: Callable[[], PolicyDocument] = field(repr=False)

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {"policy": normal_policy(self.document())}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        try:
            live = aws.s3.get_bucket_policy(Bucket=self.bucket.name)["Policy"]
        except ClientError as error:
            if error_code(error) in {"NoSuchBucket", "NoSuchBucketPolicy"}:
                return self.absent()
            raise
        self.id = self.bucket.name
        return {"policy": normal_policy(live)}

    def create(self, aws: Aws) -> None:  # noqa: D102
        text = policy_text(self.document())
        # S3 refuses a change while it is at work on the one before
        waiting.retry_while(
            waiting.is_busy, lambda: aws.s3.put_bucket_policy(Bucket=self.bucket.name, Policy=text)
        )
        self.id = self.bucket.name

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: ARG002, D102 - one call sets it all
        self.create(aws)

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.s3.delete_bucket_policy(Bucket=self.bucket.name)
        self.absent()
