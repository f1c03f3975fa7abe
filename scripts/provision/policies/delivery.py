"""What a bucket that CloudFront serves says to CloudFront."""

from __future__ import annotations

from provision.normal_form import PolicyDocument
from provision.policies.statements import allow


def read_by_distribution(bucket_arn: str, path: str, distribution_arn: str) -> PolicyDocument:
    """CloudFront reads what is below `path`, for this one distribution, and may list nothing.

    https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html
    """
    statement = allow(
        "ReadByDistribution",
        "s3:GetObject",
        f"{bucket_arn}/{path}/*",
        principal={"Service": "cloudfront.amazonaws.com"},
    )
    return {**statement, "Condition": {"StringEquals": {"aws:SourceArn": distribution_arn}}}
