"""What can happen to the buckets behind the toolkit's back."""

from provision.aws import Aws
from provision.normal_form import policy_text
from provision.resource import Document

from tests.provision.drifts import case

OTHER_RULE: Document = {
    "ID": "x",
    "Status": "Enabled",
    "Filter": {"Prefix": "events/"},
    "Expiration": {"Days": 1},
}


def let_the_account_in_by_clear_text(aws: Aws, policy: Document) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "s3:GetObject",
        "Resource": f"{policy.bucket.planned_arn}/*",
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    aws.s3.put_bucket_policy(Bucket=policy.bucket.name, Policy=policy_text(document))


def write_it_elsewhere(aws: Aws, log: Document) -> None:
    target = {"TargetBucket": log.bucket.name, "TargetPrefix": "x/"}
    delivery = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{log.bucket.planned_arn}/*",
    }
    document = {"Version": "2012-10-17", "Statement": [delivery]}
    aws.s3.put_bucket_policy(Bucket=log.bucket.name, Policy=policy_text(document))
    status: Document = {"LoggingEnabled": target}
    aws.s3.put_bucket_logging(Bucket=log.bucket.name, BucketLoggingStatus=status)


CASES = [
    case(
        "bucket policy",
        "artifacts-123456789012",
        let_the_account_in_by_clear_text,
        "policy",
    ),
    case(
        "bucket access log",
        "raw-123456789012",
        write_it_elsewhere,
        *("written_to", "prefix"),
    ),
    case(
        "bucket",
        "artifacts-123456789012",
        lambda aws, bucket: aws.s3.delete_public_access_block(Bucket=bucket.name),
        "public_access",
    ),
    case(
        "bucket",
        "artifacts-123456789012",
        lambda aws, bucket: aws.s3.put_bucket_versioning(
            Bucket=bucket.name, VersioningConfiguration={"Status": "Suspended"}
        ),
        "versioning",
    ),
    case(
        "bucket",
        "raw-123456789012",
        lambda aws, bucket: aws.s3.put_bucket_lifecycle_configuration(
            Bucket=bucket.name, LifecycleConfiguration={"Rules": [OTHER_RULE]}
        ),
        "lifecycle",
    ),
    case(
        "bucket",
        "backups-123456789012",
        lambda aws, bucket: aws.s3.delete_bucket_lifecycle(Bucket=bucket.name),
        "lifecycle",
    ),
    case(
        "bucket",
        "raw-123456789012",
        lambda aws, bucket: aws.s3.put_bucket_ownership_controls(
            Bucket=bucket.name, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        ),
        "ownership",
    ),
    case(
        "bucket",
        "raw-123456789012",
        lambda aws, bucket: aws.s3.delete_bucket_encryption(Bucket=bucket.name),
        "encryption",
    ),
    case(
        "bucket",
        "raw-123456789012",
        lambda aws, bucket: aws.s3.delete_bucket_tagging(Bucket=bucket.name),
        "tags",
    ),
]
