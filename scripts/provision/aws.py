"""The door to AWS: a typed client per service, all with the same retries, and what AWS says of us."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from provision.errors import TerminalError

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sts import STSClient

# "standard" retries throttling and broken connections with backoff; what needs longer waits in waiting.py.
CONFIG = Config(retries={"mode": "standard", "total_max_attempts": 6}, connect_timeout=10, read_timeout=60)


@dataclass(frozen=True)
class Account:
    """What must be known of the account before the stack can be written down."""

    id: str
    region: str
    s3_prefix_list_id: str  # AWS's own list of S3's addresses in the region

    def arn(self, service: str, what: str) -> str:
        """The ARN of a thing of this account and region, which may not exist yet."""
        return f"arn:aws:{service}:{self.region}:{self.id}:{what}"


class Aws:
    """Clients of one region, made when first used; credentials and endpoint come from the environment."""

    def __init__(self, region: str) -> None:
        self.region = region
        self.session = boto3.Session(region_name=region)

    @cached_property
    def ec2(self) -> EC2Client:
        """Network: VPC, subnets, route tables, endpoints, security groups."""
        return self.session.client("ec2", config=CONFIG)

    @cached_property
    def s3(self) -> S3Client:
        """Buckets and their objects."""
        return self.session.client("s3", config=CONFIG)

    @cached_property
    def iam(self) -> IAMClient:
        """Roles."""
        return self.session.client("iam", config=CONFIG)

    @cached_property
    def sts(self) -> STSClient:
        """Who is calling."""
        return self.session.client("sts", config=CONFIG)

    @cached_property
    def logs(self) -> CloudWatchLogsClient:
        """Log groups."""
        return self.session.client("logs", config=CONFIG)

    @cached_property
    def functions(self) -> LambdaClient:
        """Lambda functions."""
        return self.session.client("lambda", config=CONFIG)

    @cached_property
    def apis(self) -> ApiGatewayV2Client:
        """HTTP APIs."""
        return self.session.client("apigatewayv2", config=CONFIG)

    @cached_property
    def people(self) -> Any:  # noqa: ANN401 - no stubs for this service are installed
        """User pools: accounts of customers."""
        make_client: Any = self.session.client
        return make_client("cognito-idp", config=CONFIG)

    @cached_property
    def pages(self) -> Any:  # noqa: ANN401 - no stubs for this service are installed
        """Amplify Hosting: the shop's pages."""
        make_client: Any = self.session.client
        return make_client("amplify", config=CONFIG)

    @cached_property
    def delivery(self) -> Any:  # noqa: ANN401 - no stubs for this service are installed
        """CloudFront, which is in no region and is spoken to in us-east-1."""
        make_client: Any = self.session.client
        return make_client("cloudfront", region_name="us-east-1", config=CONFIG)

    @cached_property
    def queues(self) -> SQSClient:
        """Queues."""
        return self.session.client("sqs", config=CONFIG)

    @cached_property
    def schedules(self) -> EventBridgeSchedulerClient:
        """Schedules and their groups."""
        return self.session.client("scheduler", config=CONFIG)

    @cached_property
    def catalog(self) -> Any:  # noqa: ANN401 - no stubs for this service are installed
        """The data catalog: Glue's databases and tables."""
        make_client: Any = self.session.client
        return make_client("glue", config=CONFIG)

    @cached_property
    def queries(self) -> Any:  # noqa: ANN401 - no stubs for this service are installed
        """Athena's workgroups."""
        make_client: Any = self.session.client
        return make_client("athena", config=CONFIG)

    @cached_property
    def spark(self) -> Any:  # noqa: ANN401 - no stubs for this service are installed
        """EMR Serverless: Spark applications and their jobs."""
        make_client: Any = self.session.client
        return make_client("emr-serverless", config=CONFIG)

    @cached_property
    def topics(self) -> Any:  # noqa: ANN401 - no stubs for this service are installed
        """Topics, and who hears of them."""
        make_client: Any = self.session.client
        return make_client("sns", config=CONFIG)

    @cached_property
    def watch(self) -> Any:  # noqa: ANN401 - no stubs for this service are installed
        """Alarms, dashboards and metrics."""
        make_client: Any = self.session.client
        return make_client("cloudwatch", config=CONFIG)

    @cached_property
    def tagging(self) -> Any:  # noqa: ANN401 - no stubs for this service are installed
        """What carries which tags."""
        make_client: Any = self.session.client
        return make_client("resourcegroupstaggingapi", config=CONFIG)

    @cached_property
    def global_tagging(self) -> Any:  # noqa: ANN401 - no stubs for this service are installed
        """What carries which tags and is in no region."""
        make_client: Any = self.session.client
        return make_client("resourcegroupstaggingapi", region_name="us-east-1", config=CONFIG)


def read_account(aws: Aws) -> Account:
    """The caller's account, and the prefix list of S3 in this region."""
    account_id = aws.sts.get_caller_identity()["Account"]
    name = f"com.amazonaws.{aws.region}.s3"
    pages = aws.ec2.get_paginator("describe_managed_prefix_lists").paginate(
        Filters=[{"Name": "prefix-list-name", "Values": [name]}]
    )
    ids = [found["PrefixListId"] for page in pages for found in page["PrefixLists"]]
    if len(ids) != 1:
        raise TerminalError(
            f"The region must have one prefix list {name}, found {len(ids)}: "
            f"is platform_region {aws.region} right?"
        )
    return Account(account_id, aws.region, ids[0])


def error_code(error: ClientError) -> str:
    """AWS's short name of what went wrong, such as `NoSuchBucket`."""
    return error.response.get("Error", {}).get("Code", "")
