"""Who may do what with a bucket, said by the bucket itself, whatever roles are allowed."""

from __future__ import annotations

from collections.abc import Iterable

from provision.normal_form import PolicyDocument


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
