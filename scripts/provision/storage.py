"""The storage part of the stack: the buckets, and what each of them says to whoever comes."""

from __future__ import annotations

from dataclasses import dataclass

from provision.aws import Account
from provision.catalog import RESULTS_PREFIX
from provision.identity import identify
from provision.normal_form import PolicyDocument
from provision.policies import buckets as policies
from provision.policies.statements import document
from provision.resources import Bucket, BucketAccessLog, BucketPolicy, GatewayEndpoint
from provision.resources.bucket import NO_LIFECYCLE, Lifecycle
from provision.settings import Settings

# Ansible deletes what it hands over; S3 what a run that died has left, at its next midnight after a day.
TRANSFER_DAYS = 1
LOGS_PREFIX = "spark-logs/"  # in the processed bucket, by setting
# The roles of what lives in the private subnets; a policy may name them before they are made.
ROLES_INSIDE = ("dashboards", "etl", "oltp", "shop", "spark", "warehouse")


@dataclass(frozen=True)
class Buckets:
    """Raw is the truth, processed can be rebuilt from it, artifacts from this repository.

    All these but processed keep overwritten and deleted objects for a while. Access logs say who asked what.
    Transfer is where Ansible hands files to hosts: nothing in it is kept, least of all a secret.
    """

    media: Bucket
    raw: Bucket
    processed: Bucket
    artifacts: Bucket
    backups: Bucket
    transfer: Bucket
    access_logs: Bucket

    @property
    def logged(self) -> tuple[Bucket, ...]:
        """Those of which S3 writes down who asked for what: all but the one that it writes that to."""
        return (self.media, self.raw, self.processed, self.artifacts, self.backups, self.transfer)

    @property
    def resources(self) -> tuple[Bucket, ...]:
        """All of them, in the order in which they are made."""
        return (*self.logged, self.access_logs)

    @property
    def from_inside(self) -> tuple[Bucket, ...]:
        """Those that functions and hosts in the private subnets speak with.

        Transfer by presigned URLs alone, which are the operator's right: no role inside has one of its own.
        """
        return (self.raw, self.processed, self.artifacts, self.backups, self.transfer)


def build_buckets(settings: Settings, account: Account) -> Buckets:
    """The buckets, without their policies: those name what is made later."""

    def bucket(
        what: str,
        lifecycle: Lifecycle = NO_LIFECYCLE,
        *,
        keep: bool = True,
        abort_days: int = settings.abort_multipart_days,
    ) -> Bucket:
        return Bucket(
            identity=identify(settings, what, suffix=account.id),
            keep=keep,
            is_versioned=bool(lifecycle.old_versions_days),
            abort_multipart_days=abort_days,
            lifecycle=lifecycle,
        )

    raw_lifecycle = Lifecycle(
        settings.raw_infrequent_access_days, settings.raw_expire_days, settings.raw_old_versions_days
    )
    artifacts_lifecycle = Lifecycle(old_versions_days=settings.artifacts_old_versions_days)
    return Buckets(
        media=bucket("media", Lifecycle(old_versions_days=settings.media_old_versions_days)),
        raw=bucket("raw", raw_lifecycle),
        processed=bucket("processed", Lifecycle(expire_below=_passing_prefixes(settings))),
        artifacts=bucket("artifacts", artifacts_lifecycle, keep=False),
        backups=bucket("backups", Lifecycle(old_versions_days=settings.backups_old_versions_days)),
        transfer=bucket(
            "transfer", Lifecycle(expire_days=TRANSFER_DAYS), keep=False, abort_days=TRANSFER_DAYS
        ),
        access_logs=bucket("access-logs", Lifecycle(expire_days=settings.access_log_days)),
    )


def _passing_prefixes(settings: Settings) -> tuple[tuple[str, int], ...]:
    """What of the processed bucket is kept for so many days only."""
    logs = ((LOGS_PREFIX, settings.log_retention_days),) if settings.spark_enabled else ()
    return ((RESULTS_PREFIX, settings.athena_results_days), *logs)


def bucket_policies(
    settings: Settings, account: Account, buckets: Buckets, s3_endpoint: GatewayEndpoint
) -> list[BucketPolicy | BucketAccessLog]:
    """One policy a bucket; those of buckets that are spoken with from inside name the way in.

    That of media stands in delivery.py, after the distribution that it names. Then who asked is written down,
    since the bucket that takes that lets it in.
    """
    roles = [role for role in ROLES_INSIDE if role != "spark" or settings.spark_enabled]
    inside = [f"arn:aws:iam::{account.id}:role/{identify(settings, role).name}" for role in roles]

    def statements(bucket: Bucket) -> list[PolicyDocument]:
        arn = bucket.planned_arn
        found = [policies.over_tls_only(arn), policies.inside_only_through(s3_endpoint.id, arn, inside)]
        if bucket is buckets.artifacts:
            found.append(policies.packages_statement(arn, s3_endpoint.id))
        return found

    def policy_of(bucket: Bucket) -> BucketPolicy:
        return BucketPolicy(
            identity=bucket.identity,
            keep=bucket.keep,
            bucket=bucket,
            refers_to=(s3_endpoint,),
            document=lambda: document(statements(bucket)),
        )

    logs = _access_log_policy(account, buckets)
    return [*(policy_of(bucket) for bucket in buckets.from_inside), logs, *_access_logs(buckets, logs)]


def _access_log_policy(account: Account, buckets: Buckets) -> BucketPolicy:
    """What the bucket of access logs says: S3's log delivery may write there, for our buckets."""
    logs, logged_arns = buckets.access_logs, [bucket.planned_arn for bucket in buckets.logged]
    statements = [
        policies.over_tls_only(logs.planned_arn),
        policies.access_logs_come_in(account, logs.planned_arn, logged_arns),
    ]
    return BucketPolicy(
        identity=logs.identity, keep=logs.keep, bucket=logs, document=lambda: document(statements)
    )


def _access_logs(buckets: Buckets, logs: BucketPolicy) -> list[BucketAccessLog]:
    return [
        BucketAccessLog(identity=bucket.identity, keep=bucket.keep, bucket=bucket, written_to=logs)
        for bucket in buckets.logged
    ]
