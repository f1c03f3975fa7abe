"""The storage part of the stack: the buckets, and what each of them says to whoever comes."""

from __future__ import annotations

from dataclasses import dataclass

from provision.aws import Account
from provision.catalog import RESULTS_PREFIX
from provision.identity import identify
from provision.normal_form import PolicyDocument
from provision.policies import buckets as policies
from provision.policies.statements import document
from provision.resources import Bucket, BucketPolicy, GatewayEndpoint
from provision.resources.bucket import NO_LIFECYCLE, Lifecycle
from provision.settings import Settings

# The roles of what lives in the private subnets; a policy may name them before they are made.
ROLES_INSIDE = ("dashboards", "etl", "oltp", "shop", "warehouse")


@dataclass(frozen=True)
class Buckets:
    """Raw is the truth, processed can be rebuilt from it, artifacts from this repository.

    Artifacts and backups keep overwritten and deleted objects for a while.
    """

    media: Bucket
    raw: Bucket
    processed: Bucket
    artifacts: Bucket
    backups: Bucket

    @property
    def resources(self) -> tuple[Bucket, ...]:
        """All of them, in the order in which they are made."""
        return (self.media, self.raw, self.processed, self.artifacts, self.backups)

    @property
    def from_inside(self) -> tuple[Bucket, ...]:
        """Those that functions and hosts in the private subnets speak with."""
        return (self.raw, self.processed, self.artifacts, self.backups)


def build_buckets(settings: Settings, account: Account) -> Buckets:
    """The buckets, without their policies: those name what is made later."""

    def bucket(
        what: str, *, keep: bool = True, is_versioned: bool = False, lifecycle: Lifecycle = NO_LIFECYCLE
    ) -> Bucket:
        return Bucket(
            identity=identify(settings, what, suffix=account.id),
            keep=keep,
            is_versioned=is_versioned,
            abort_multipart_days=settings.abort_multipart_days,
            lifecycle=lifecycle,
        )

    return Buckets(
        media=bucket("media"),
        raw=bucket("raw", lifecycle=Lifecycle(settings.raw_infrequent_access_days, settings.raw_expire_days)),
        processed=bucket(
            "processed",
            lifecycle=Lifecycle(expire_below=((RESULTS_PREFIX, settings.athena_results_days),)),
        ),
        artifacts=bucket(
            "artifacts",
            keep=False,
            is_versioned=True,
            lifecycle=Lifecycle(old_versions_days=settings.artifacts_old_versions_days),
        ),
        backups=bucket(
            "backups",
            is_versioned=True,
            lifecycle=Lifecycle(old_versions_days=settings.backups_old_versions_days),
        ),
    )


def bucket_policies(
    settings: Settings, account: Account, buckets: Buckets, s3_endpoint: GatewayEndpoint
) -> list[BucketPolicy]:
    """One policy a bucket; those of buckets that are spoken with from inside name the way in."""
    inside = [f"arn:aws:iam::{account.id}:role/{identify(settings, role).name}" for role in ROLES_INSIDE]

    def policy_of(bucket: Bucket) -> BucketPolicy:
        def rules() -> PolicyDocument:
            arn = bucket.planned_arn
            way_in = policies.inside_only_through(s3_endpoint.id, arn, inside)
            return document([policies.over_tls_only(arn), *([way_in] if is_inside else [])])

        is_inside = bucket in buckets.from_inside
        return BucketPolicy(
            identity=bucket.identity,
            keep=bucket.keep,
            bucket=bucket,
            refers_to=(s3_endpoint,) if is_inside else (),
            document=rules,
        )

    return [policy_of(bucket) for bucket in buckets.resources]
