"""Buckets: closed to the public, encrypted. What their policies say is in bucket_policy.py."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from botocore.exceptions import ClientError

from provision import waiting
from provision.aws import Aws, error_code
from provision.errors import TerminalError
from provision.normal_form import known_tags, tag_pairs, tags_of_pairs
from provision.resource import Document, LiveSettings, Resource

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CreateBucketRequestTypeDef

CLOSED = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
NOT_CONFIGURED = {
    "NoSuchLifecycleConfiguration",
    "NoSuchPublicAccessBlockConfiguration",
    "NoSuchTagSet",
    "OwnershipControlsNotFoundError",
    "ServerSideEncryptionConfigurationNotFoundError",
}
DELETE_AT_ONCE = 1000  # the most keys that one DeleteObjects call takes


@dataclass(frozen=True)
class Lifecycle:
    """What S3 does with objects as they grow old, in days; 0 is never."""

    infrequent_access_days: int = 0
    expire_days: int = 0
    old_versions_days: int = 0
    expire_below: tuple[tuple[str, int], ...] = ()  # prefixes whose objects go after some days of their own

    def rules(self) -> list[dict[str, Any]]:
        """The rules as S3 takes them, one for each thing that happens."""
        everything = {"Status": "Enabled", "Filter": {"Prefix": ""}}
        infrequent = {"Days": self.infrequent_access_days, "StorageClass": "STANDARD_IA"}
        found: dict[str, tuple[int, dict[str, Any]]] = {
            "expire": (self.expire_days, {"Expiration": {"Days": self.expire_days}}),
            "expire-old-versions": (
                self.old_versions_days,
                {"NoncurrentVersionExpiration": {"NoncurrentDays": self.old_versions_days}},
            ),
            "to-infrequent-access": (self.infrequent_access_days, {"Transitions": [infrequent]}),
        }
        below = [
            {**everything, "ID": f"expire-{prefix.rstrip('/')}", "Filter": {"Prefix": prefix}, **_after(days)}
            for prefix, days in self.expire_below
        ]
        return below + [{"ID": id_, **everything, **rule} for id_, (days, rule) in found.items() if days]


def _after(days: int) -> dict[str, Any]:
    return {"Expiration": {"Days": days}}


NO_LIFECYCLE = Lifecycle()


@dataclass(kw_only=True)
class Bucket(Resource):
    """A bucket with every setting that this project cares for; its name ends with the account's id."""

    kind: ClassVar[str] = "bucket"

    is_versioned: bool = False
    abort_multipart_days: int
    lifecycle: Lifecycle = NO_LIFECYCLE

    @property
    def planned_arn(self) -> str:
        """The ARN that the bucket has or will have: policies name it before it exists."""
        return f"arn:aws:s3:::{self.name}"

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "tags": self.identity.tags,
            "public_access": "blocked",
            "ownership": "BucketOwnerEnforced",
            "encryption": "AES256",
            "versioning": "Enabled" if self.is_versioned else "Off",
            "lifecycle": self._lifecycle_rules(),
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        try:
            aws.s3.head_bucket(Bucket=self.name)
        except ClientError as error:
            if error_code(error) in {"404", "NoSuchBucket"}:
                return self.absent()
            if error_code(error) in {"403", "301"}:
                raise TerminalError(
                    f"The bucket {self.name} must be ours, but AWS answers {error_code(error)}: it belongs "
                    "to another account or region. Change platform_project or platform_environment."
                ) from error
            raise
        self.id, self.arn = self.name, self.planned_arn
        return {setting: read(aws) for setting, read in self._readers().items()}

    def create(self, aws: Aws) -> None:  # noqa: D102
        request: CreateBucketRequestTypeDef = {"Bucket": self.name, "ObjectOwnership": "BucketOwnerEnforced"}
        if aws.region != "us-east-1":  # the one region that refuses to be named
            request["CreateBucketConfiguration"] = {"LocationConstraint": aws.region}  # type: ignore[typeddict-item]
        try:
            waiting.retry_while(waiting.is_busy, lambda: aws.s3.create_bucket(**request))
        except ClientError as error:
            if error_code(error) != "BucketAlreadyOwnedByYou":  # an earlier call that was answered too late
                raise
        aws.s3.get_waiter("bucket_exists").wait(Bucket=self.name)
        self.id, self.arn = self.name, self.planned_arn
        # a bucket is born unversioned
        self.update(aws, self.wanted().keys() - ({"versioning"} if not self.is_versioned else set()))

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        for setting, put in self._writers().items():
            if setting in changed:  # S3 refuses a change while it is at work on the one before
                waiting.retry_while(waiting.is_busy, partial(put, aws))

    def delete(self, aws: Aws) -> None:  # noqa: D102
        self.empty(aws)
        aws.s3.delete_bucket(Bucket=self.name)
        aws.s3.get_waiter("bucket_not_exists").wait(Bucket=self.name)
        self.absent()

    def empty(self, aws: Aws) -> None:
        """It holds no object, no old version and no delete marker."""
        # always the first page, because deleting moves the others
        while batch := self._some_versions(aws):
            objects: Any = [{"Key": found["Key"], "VersionId": found["VersionId"]} for found in batch]
            answer = aws.s3.delete_objects(Bucket=self.name, Delete={"Objects": objects, "Quiet": True})
            if answer.get("Errors"):
                raise TerminalError(
                    f"The bucket {self.name} must be empty, but S3 refuses: {answer['Errors'][0]}."
                )

    def _some_versions(self, aws: Aws) -> list[Document]:
        """Up to `DELETE_AT_ONCE` versions and delete markers."""
        page = aws.s3.list_object_versions(Bucket=self.name, MaxKeys=DELETE_AT_ONCE)
        return [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]

    def _readers(self) -> dict[str, Callable[[Aws], Any]]:
        return {
            "tags": lambda aws: known_tags(self._live_tags(aws), self.identity.tags),
            "public_access": self._read_public_access,
            "ownership": self._read_ownership,
            "encryption": self._read_encryption,
            "versioning": self._read_versioning,
            "lifecycle": self._read_lifecycle,
        }

    def _read_public_access(self, aws: Aws) -> str:
        live = _configured(lambda: aws.s3.get_public_access_block(Bucket=self.name))
        switches = live.get("PublicAccessBlockConfiguration", {})
        open_ones = [switch for switch in CLOSED if not switches.get(switch)]
        return f"open: {', '.join(open_ones)}" if open_ones else "blocked"

    def _read_ownership(self, aws: Aws) -> str:
        live = _configured(lambda: aws.s3.get_bucket_ownership_controls(Bucket=self.name))
        rules = live.get("OwnershipControls", {}).get("Rules", [])
        return str(rules[0]["ObjectOwnership"]) if rules else "none"

    def _read_encryption(self, aws: Aws) -> str:
        live = _configured(lambda: aws.s3.get_bucket_encryption(Bucket=self.name))
        rules = live.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
        return str(rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]) if rules else "none"

    def _read_versioning(self, aws: Aws) -> str:
        """Off and suspended are the same to whoever writes: no version is kept."""
        is_on = aws.s3.get_bucket_versioning(Bucket=self.name).get("Status") == "Enabled"
        return "Enabled" if is_on else "Off"

    def _read_lifecycle(self, aws: Aws) -> list[Any]:
        live = _configured(lambda: aws.s3.get_bucket_lifecycle_configuration(Bucket=self.name))
        return sorted(
            (_normal_rule(rule) for rule in live.get("Rules", [])), key=lambda rule: str(rule["ID"])
        )

    def _live_tags(self, aws: Aws) -> dict[str, str]:
        return tags_of_pairs(
            _configured(lambda: aws.s3.get_bucket_tagging(Bucket=self.name)).get("TagSet", [])
        )

    def _writers(self) -> dict[str, Callable[[Aws], object]]:
        closed: Any = dict.fromkeys(CLOSED, True)
        lifecycle: Any = {"Rules": self._lifecycle_rules()}
        encryption: Any = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}
        versioning: Any = {"Status": "Enabled" if self.is_versioned else "Suspended"}
        ownership: Any = {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
        writers: dict[str, Callable[[Aws], object]] = {
            "tags": self._put_tags,
            "public_access": lambda aws: aws.s3.put_public_access_block(
                Bucket=self.name, PublicAccessBlockConfiguration=closed
            ),
            "ownership": lambda aws: aws.s3.put_bucket_ownership_controls(
                Bucket=self.name, OwnershipControls=ownership
            ),
            "encryption": lambda aws: aws.s3.put_bucket_encryption(
                Bucket=self.name, ServerSideEncryptionConfiguration=encryption
            ),
            "versioning": lambda aws: aws.s3.put_bucket_versioning(
                Bucket=self.name, VersioningConfiguration=versioning
            ),
            "lifecycle": lambda aws: aws.s3.put_bucket_lifecycle_configuration(
                Bucket=self.name, LifecycleConfiguration=lifecycle
            ),
        }
        return writers

    def _lifecycle_rules(self) -> list[dict[str, Any]]:
        return [_abort_rule(self.abort_multipart_days), *self.lifecycle.rules()]

    def _put_tags(self, aws: Aws) -> None:
        # the call replaces all tags: those of others stay
        tags = {**self._live_tags(aws), **self.identity.tags}
        aws.s3.put_bucket_tagging(Bucket=self.name, Tagging={"TagSet": tag_pairs(tags)})


def _configured(call: Callable[[], Any]) -> Mapping[str, Any]:
    """The answer, empty where S3 says that nothing was configured."""
    try:
        answer: Mapping[str, Any] = call()
    except ClientError as error:
        if error_code(error) in NOT_CONFIGURED:
            return {}
        raise
    return answer


def _abort_rule(days: int) -> dict[str, Any]:
    """Parts of uploads that never ended cost money and are seen by nobody."""
    return {
        "ID": "abort-unfinished-uploads",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": days},
    }


def _normal_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """S3 may return the empty filter as {} or as an empty prefix."""
    return {**rule, "Filter": rule.get("Filter") or {"Prefix": ""}}
