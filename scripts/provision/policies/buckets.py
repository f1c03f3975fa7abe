"""Who may do what with a bucket, said by the bucket itself, whatever roles are allowed."""

from __future__ import annotations

from collections.abc import Sequence

from provision.aws import Account
from provision.normal_form import PolicyDocument
from provision.policies.statements import allow


def over_tls_only(bucket_arn: str) -> PolicyDocument:
    """Nobody, whatever else they are allowed, speaks with the bucket in clear text."""
    return {
        "Sid": "OverTlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def access_logs_come_in(account: Account, logs_arn: str, logged_arns: Sequence[str]) -> PolicyDocument:
    """S3's log delivery writes what it has to say of these buckets of this account, and nothing else."""
    statement = allow(
        "AccessLogsComeIn",
        "s3:PutObject",
        f"{logs_arn}/*",
        principal={"Service": "logging.s3.amazonaws.com"},
    )
    condition = {
        "StringEquals": {"aws:SourceAccount": account.id},
        "ArnEquals": {"aws:SourceArn": sorted(logged_arns)},
    }
    return {**statement, "Condition": condition}
