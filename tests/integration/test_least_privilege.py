"""What a function's role lets its code do: its job, and of everything else nothing, tried with real calls.

The calls go out with temporary credentials of the role, as Lambda gets them, to the emulated AWS
with IAM enforced. What that cannot judge is asked of the policy itself, in the last tests.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError
from provision.identity import identify
from provision.settings import read_settings

from local_stack.aws import iam_engine
from local_stack.demo_report import client
from local_stack.edge.services import Services
from tests.integration.conftest import Demo

ACCESS_DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"}
PLACE = "dt=1999-12-31/hr=23/least-privilege"  # no run looks for so old an hour
ETL, INGEST, SHOP = (identify(read_settings(), what).name for what in ("etl", "ingest", "shop"))
ROLES = (ETL, INGEST, SHOP)
ALARMS = identify(read_settings(), "alarms").name
QUEUE, TRUST = (
    identify(read_settings(), "etl-dead-letters").name,
    '{"Version": "2012-10-17", "Statement": []}',
)


OUTSIDE = "stolen"  # no function's name: a session of the ETL's role that is used outside of the VPC


@dataclass(frozen=True)
class Call:
    """An AWS call; `{raw}` and the like in its parameters stand for what the stack has made of them."""

    service: str
    operation: str
    parameters: dict[str, Any]

    def __str__(self) -> str:
        """The call as the name of its test."""
        return f"{self.service} {self.operation} {' '.join(str(v) for v in self.parameters.values())}"[:90]


def s3(operation: str, bucket: str, **parameters: Any) -> Call:
    return Call("s3", operation, {"Bucket": bucket, **parameters})


def log_call(operation: str, function: str, **parameters: Any) -> Call:
    return Call("logs", operation, {"logGroupName": f"/aws/lambda/{function}", **parameters})


INGEST_MAY = [
    s3("put_object", "{raw}", Key=f"events/{PLACE}", Body=b"x"),
    s3("put_object", "{raw}", Key=f"rejected/{PLACE}", Body=b"x"),
    log_call("create_log_stream", INGEST, logStreamName="least-privilege"),
    log_call(
        "put_log_events",
        INGEST,
        logStreamName="least-privilege",
        logEvents=[{"timestamp": 1, "message": "x"}],
    ),
]
ETL_MAY = [
    s3("list_objects_v2", "{raw}", Prefix="events/dt=1999-12-31/"),
    s3("get_object", "{raw}", Key=f"events/{PLACE}"),
    s3("put_object", "{processed}", Key=f"events/{PLACE}", Body=b"x"),
    s3("get_object", "{artifacts}", Key="secrets/warehouse-loader.json"),
    s3("get_object", "{artifacts}", Key="secrets/oltp-reader.json"),
    log_call("create_log_stream", ETL, logStreamName="least-privilege"),
    log_call(
        "put_log_events", ETL, logStreamName="least-privilege", logEvents=[{"timestamp": 1, "message": "x"}]
    ),
]

SHOP_MAY = [
    s3("get_object", "{artifacts}", Key="secrets/shop.json"),
    log_call("create_log_stream", SHOP, logStreamName="least-privilege"),
    log_call(
        "put_log_events", SHOP, logStreamName="least-privilege", logEvents=[{"timestamp": 1, "message": "x"}]
    ),
]

# What is nobody's job: no role may do any of it.
NOBODY_MAY = [
    s3("put_object", "{raw}", Key="x", Body=b"x"),
    s3("put_object", "{raw}", Key="eventsx/x", Body=b"x"),
    s3("put_object", "{processed}", Key="x", Body=b"x"),
    s3("put_object", "{artifacts}", Key="functions/etl/x.zip", Body=b"x"),
    s3("put_object", "{artifacts}", Key="secrets/warehouse-loader.json", Body=b"x"),
    s3("put_object", "{artifacts}", Key="secrets/shop.json", Body=b"x"),
    s3("put_object", "{artifacts}", Key="secrets/oltp-reader.json", Body=b"x"),
    s3("put_object", "{media}", Key="x", Body=b"x"),
    s3("put_object", "{backups}", Key="x", Body=b"x"),
    s3("get_object", "{backups}", Key="x"),
    s3("get_object", "{raw}", Key=f"rejected/{PLACE}"),
    s3("get_object", "{processed}", Key=f"events/{PLACE}"),
    s3("get_object", "{artifacts}", Key="secrets/other.json"),
    s3("get_object", "{artifacts}", Key="functions/etl/x.zip"),
    s3("get_object", "{media}", Key="x"),
    s3("delete_object", "{raw}", Key=f"events/{PLACE}"),
    s3("delete_object", "{processed}", Key=f"events/{PLACE}"),
    s3("delete_object", "{artifacts}", Key="secrets/warehouse-loader.json"),
    s3("delete_bucket", "{raw}"),
    s3("list_objects_v2", "{raw}"),
    s3("list_objects_v2", "{raw}", Prefix="rejected/"),
    s3("list_objects_v2", "{processed}", Prefix="events/"),
    s3("list_objects_v2", "{artifacts}", Prefix="secrets/"),
    s3("list_object_versions", "{artifacts}"),
    s3("put_bucket_policy", "{raw}", Policy=TRUST),
    s3("delete_bucket_policy", "{raw}"),
    s3("delete_public_access_block", "{raw}"),
    s3("put_bucket_versioning", "{artifacts}", VersioningConfiguration={"Status": "Suspended"}),
    s3("get_bucket_policy", "{raw}"),
    Call("s3", "list_buckets", {}),
    Call("s3", "create_bucket", {"Bucket": "least-privilege"}),
    Call("iam", "create_user", {"UserName": "x"}),
    Call("iam", "create_access_key", {"UserName": "operator"}),
    Call("iam", "list_roles", {}),
    Call("iam", "update_assume_role_policy", {"RoleName": ETL, "PolicyDocument": TRUST}),
    *(
        Call("iam", "put_role_policy", {"RoleName": role, "PolicyName": "x", "PolicyDocument": TRUST})
        for role in ROLES
    ),
    *(
        Call(
            "sts",
            "assume_role",
            {"RoleArn": f"arn:aws:iam::{{account}}:role/{role}", "RoleSessionName": "xx"},
        )
        for role in ROLES
    ),
    *(Call("lambda", "invoke", {"FunctionName": function}) for function in ROLES),
    *(Call("lambda", "get_function", {"FunctionName": function}) for function in ROLES),
    Call("lambda", "update_function_configuration", {"FunctionName": ETL, "Timeout": 1}),
    Call("lambda", "delete_function", {"FunctionName": INGEST}),
    Call("lambda", "list_functions", {}),
    log_call("put_log_events", "other", logStreamName="x", logEvents=[{"timestamp": 1, "message": "x"}]),
    log_call("create_log_stream", "other", logStreamName="x"),
    Call("logs", "create_log_group", {"logGroupName": "/aws/lambda/other"}),
    Call("logs", "describe_log_groups", {}),
    *(
        log_call(operation, function, **more)
        for function in ROLES
        for operation, more in (
            ("filter_log_events", {}),
            ("delete_log_group", {}),
            ("put_retention_policy", {"retentionInDays": 1}),
        )
    ),
    Call("sqs", "list_queues", {}),
    Call("sqs", "get_queue_url", {"QueueName": QUEUE}),
    Call("sqs", "create_queue", {"QueueName": "x"}),
    Call("apigatewayv2", "get_apis", {}),
    Call("apigatewayv2", "create_api", {"Name": "x", "ProtocolType": "HTTP"}),
    Call("scheduler", "list_schedules", {}),
    Call(
        "scheduler",
        "delete_schedule",
        {"Name": ETL, "GroupName": identify(read_settings(), "schedules").name},
    ),
    Call("secretsmanager", "get_secret_value", {"SecretId": "x"}),
    Call("secretsmanager", "list_secrets", {}),
    Call("ssm", "get_parameter", {"Name": "/x"}),
    Call("ssm", "describe_parameters", {}),
    Call("kms", "list_keys", {}),
    Call("ec2", "describe_instances", {}),
    Call("ec2", "describe_vpcs", {}),
    Call("ec2", "delete_vpc", {"VpcId": "vpc-1"}),
    Call("sns", "list_topics", {}),
    Call("sns", "publish", {"TopicArn": f"arn:aws:sns:eu-central-1:{{account}}:{ALARMS}", "Message": "x"}),
    Call("cloudwatch", "list_metrics", {}),
    Call("cloudwatch", "put_metric_data", {"Namespace": "CloudWorks", "MetricData": [{"MetricName": "x"}]}),
    Call("cloudwatch", "delete_alarms", {"AlarmNames": [identify(read_settings(), "data-age").name]}),
]
INGEST_MAY_NOT = [
    *(call for call in ETL_MAY if call.operation in {"list_objects_v2", "get_object"}),
    s3("put_object", "{processed}", Key=f"events/{PLACE}", Body=b"x"),
    s3("get_object", "{raw}", Key=f"rejected/{PLACE}"),
    log_call("create_log_stream", ETL, logStreamName="x"),
    Call("ec2", "describe_network_interfaces", {}),
    Call("ec2", "create_network_interface", {"SubnetId": "subnet-1"}),
    *SHOP_MAY,
]
ETL_MAY_NOT = [
    s3("put_object", "{raw}", Key=f"events/{PLACE}", Body=b"x"),
    s3("put_object", "{raw}", Key=f"rejected/{PLACE}", Body=b"x"),
    s3("list_objects_v2", "{raw}", Prefix=""),
    s3("list_objects_v2", "{raw}", Prefix="event"),
    log_call("create_log_stream", INGEST, logStreamName="x"),
    *SHOP_MAY,
]
SHOP_MAY_NOT = [*INGEST_MAY, *ETL_MAY, s3("list_objects_v2", "{artifacts}", Prefix="secrets/shop.json")]
MAY_NOT = [(INGEST, call) for call in [*NOBODY_MAY, *INGEST_MAY_NOT]]
MAY_NOT += [(ETL, call) for call in [*NOBODY_MAY, *ETL_MAY_NOT]]
MAY_NOT += [(SHOP, call) for call in [*NOBODY_MAY, *SHOP_MAY_NOT]]
MAY = [*((INGEST, call) for call in INGEST_MAY), *((ETL, call) for call in ETL_MAY)]
MAY += [(SHOP, call) for call in SHOP_MAY]


@dataclass(frozen=True)
class Roles:
    """Clients that speak as a function does."""

    demo: Demo
    sessions: dict[str, Any]

    def make(self, role: str, call: Call) -> object:
        """The answer of the call, made with the role's credentials."""
        stack = self.demo.stack
        made = self.sessions[role].client(call.service, endpoint_url=stack.aws_endpoint_url)
        return getattr(made, call.operation)(**self._filled(call.parameters))

    def _filled(self, parameters: dict[str, Any]) -> dict[str, Any]:
        account = self.demo.stack.aws_account_id
        buckets = ("raw", "processed", "artifacts", "media", "backups")
        names = {bucket: identify(read_settings(), bucket, suffix=account).name for bucket in buckets}
        return {
            key: value.format(account=account, **names)
            if value is not TRUST and isinstance(value, str)
            else value
            for key, value in parameters.items()
        }


@pytest.fixture(scope="module")
def roles(demo_run: Demo) -> Iterator[Roles]:
    """A session of each function's role; what the allowed calls leave is removed."""
    services, stack = Services(demo_run.stack), demo_run.stack
    sessions = {}
    for name, role in (*((name, name) for name in ROLES), (OUTSIDE, ETL)):
        arn = f"arn:aws:iam::{stack.aws_account_id}:role/{role}"
        function = f"arn:aws:lambda:{stack.aws_region}:{stack.aws_account_id}:function:{role}"
        sessions[name] = services.role_session(arn, "lambda.amazonaws.com", name, function)
    made = Roles(demo_run, sessions)
    yield made
    operator = client(stack, "s3")
    for call in (call for _, call in MAY if call.operation == "put_object"):
        place = made._filled(call.parameters)
        operator.delete_object(Bucket=place["Bucket"], Key=place["Key"])
    for name in ROLES:
        client(stack, "logs").delete_log_stream(
            logGroupName=f"/aws/lambda/{name}", logStreamName="least-privilege"
        )


@pytest.mark.parametrize(("role", "call"), MAY, ids=str)
def test_a_role_may_do_its_job(roles: Roles, role: str, call: Call) -> None:
    roles.make(role, call)


@pytest.mark.parametrize(("role", "call"), MAY_NOT, ids=str)
def test_a_role_may_do_nothing_else(roles: Roles, role: str, call: Call) -> None:
    with pytest.raises(ClientError) as refused:
        roles.make(role, call)
    assert refused.value.response["Error"]["Code"] in ACCESS_DENIED


@pytest.mark.parametrize("call", [call for call in ETL_MAY if call.service == "s3"], ids=str)
def test_the_etls_credentials_are_no_use_outside_of_the_vpc(roles: Roles, call: Call) -> None:
    with pytest.raises(ClientError) as refused:
        roles.make(OUTSIDE, call)
    assert refused.value.response["Error"]["Code"] == "AccessDenied"


def test_enough_is_tried_to_mean_something() -> None:
    assert len(MAY_NOT) >= 100
    assert len({call.service for _, call in MAY_NOT}) >= 10


@pytest.mark.parametrize("action", ["CreateNetworkInterface", "DeleteNetworkInterface", "DescribeSubnets"])
@pytest.mark.parametrize("name", [ETL, SHOP])
def test_lambda_itself_places_a_function_in_the_vpc_but_its_code_may_not(
    demo_run: Demo, name: str, action: str
) -> None:
    stack, iam = demo_run.stack, client(demo_run.stack, "iam")
    policy = json.dumps(iam.get_role_policy(RoleName=name, PolicyName=name)["PolicyDocument"])
    function = f"arn:aws:lambda:{stack.aws_region}:{stack.aws_account_id}:function:{name}"
    # AWS adds this key to every call that the function's code makes
    by_code = iam_engine.Request(f"ec2:{action}", "*", {"lambda:sourcefunctionarn": function})
    assert iam_engine.evaluate([policy], by_code) == "Deny"
    assert iam_engine.evaluate([policy], iam_engine.Request(f"ec2:{action}", "*", {})) == "Allow"
