"""Who may do what with a bucket, said by the bucket itself, whatever roles are allowed."""

from __future__ import annotations

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
