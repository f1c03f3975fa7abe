"""Who may do what with a bucket, said by the bucket itself, whatever roles are allowed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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


def packages_statement(artifacts_arn: str, endpoint_id: str) -> PolicyDocument:
    """Packages are read without a login, but only through our S3 gateway endpoint: apt has no credentials.

    S3 does not count a fixed endpoint as public, so that the bucket stays closed to the public.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
    """
    reading = allow("PackagesThroughOurEndpoint", "s3:GetObject", f"{artifacts_arn}/apt/*", principal="*")
    return {**reading, "Condition": {"StringEquals": {"aws:SourceVpce": endpoint_id}}}


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


def inside_only_through(endpoint_id: str, bucket_arn: str, role_arns: Iterable[str]) -> PolicyDocument:
    """The roles of what is in the VPC come through its S3 endpoint: their credentials are no use elsewhere.

    It names these roles and nobody else. The other way round, a Deny of all who do not come through the
    endpoint, it would lock out the operator, ingest and AWS's own services.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies-vpc-endpoint.html
    """
    return {
        "Sid": "InsideOnlyThroughTheEndpoint",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {
            "ArnEquals": {"aws:PrincipalArn": sorted(role_arns)},
            "StringNotEquals": {"aws:SourceVpce": endpoint_id},
        },
    }
