"""What a Spark job may do: what the ETL function may with S3, its own zip, and its own kinds of files."""

from __future__ import annotations

from dataclasses import dataclass

from provision.aws import Account
from provision.normal_form import PolicyDocument
from provision.policies.statements import allow, document


@dataclass(frozen=True, kw_only=True)
class SparkArns:
    """What the jobs' role is about, by ARN."""

    raw: str
    processed: str
    artifacts: str
    loader_secret: str
    logs_prefix: str  # of the processed bucket


def spark_trust(account: Account) -> PolicyDocument:
    """Only EMR Serverless may take on the role, and only for an application of this account and region.

    https://docs.aws.amazon.com/emr/latest/EMR-Serverless-UserGuide/security-iam-runtime-role.html
    """
    statement = allow(
        "AssumedByEmrServerless", "sts:AssumeRole", principal={"Service": "emr-serverless.amazonaws.com"}
    )
    condition = {
        "StringEquals": {"aws:SourceAccount": account.id},
        "ArnLike": {"aws:SourceArn": account.arn("emr-serverless", "/applications/*")},
    }
    return document([{**statement, "Condition": condition}])


def spark_policy(arns: SparkArns) -> PolicyDocument:
    """A job reads raw events and one login, reads and writes processed files, and leaves its logs.

    Interfaces in the subnet are the service's own, by its service-linked role.
    """
    written = [f"{arns.processed}/{prefix}/*" for prefix in ("account", "events", "sessions")]
    code = [f"{arns.artifacts}/functions/etl/*", f"{arns.artifacts}/functions/spark/*"]
    list_raw = allow("ListRawEvents", "s3:ListBucket", arns.raw)
    list_processed = allow("ListProcessedFiles", "s3:ListBucket", arns.processed)
    prefixes = ["account/*", "events/*", "sessions/*"]
    return document(
        [
            {**list_raw, "Condition": {"StringLike": {"s3:prefix": "events/*"}}},
            allow("ReadRawEvents", "s3:GetObject", f"{arns.raw}/events/*"),
            {**list_processed, "Condition": {"StringLike": {"s3:prefix": prefixes}}},
            allow("MakeProcessedFiles", ["s3:GetObject", "s3:PutObject"], written),
            allow("ReadCode", "s3:GetObject", code),
            allow("ReadDatabaseLogin", "s3:GetObject", arns.loader_secret),
            allow("LeaveLogs", "s3:PutObject", f"{arns.processed}/{arns.logs_prefix}*"),
        ]
    )
