"""The running AWS API refuses what IAM would refuse, in each of the wire protocols."""

from collections.abc import Callable

import pytest
import requests
from botocore.exceptions import ClientError

from tests.local_stack.estate import Estate, allow, policy, session_client, trust

OPERATOR = {"AWS": "arn:aws:iam::123456789012:user/operator"}


def code_of(error: pytest.ExceptionInfo[ClientError]) -> str:
    return str(error.value.response["Error"]["Code"])


def test_role_may_do_what_its_policy_says_and_nothing_else(estate: Estate) -> None:
    bucket = estate.bucket()
    role = estate.role(
        trust(OPERATOR),
        allow(["s3:PutObject"], [f"arn:aws:s3:::{bucket}/events/*"]),
        allow(
            ["s3:ListBucket"], [f"arn:aws:s3:::{bucket}"], Condition={"StringLike": {"s3:prefix": "events/*"}}
        ),
    )
    s3 = estate.as_role(role, "s3")
    s3.put_object(Bucket=bucket, Key="events/dt=2026-11-22/a b+ü.gz", Body=b"1")
    assert s3.list_objects_v2(Bucket=bucket, Prefix="events/")["KeyCount"] == 1
    refused_calls: list[Callable[[], object]] = [
        lambda: s3.put_object(Bucket=bucket, Key="rejected/a", Body=b"1"),
        lambda: s3.get_object(Bucket=bucket, Key="events/a"),
        lambda: s3.list_objects_v2(Bucket=bucket),
        lambda: s3.delete_object(Bucket=bucket, Key="events/a"),
        lambda: s3.put_object(Bucket=bucket, Key="events/a", Body=b"1", Tagging="a=b"),
    ]
    for refused in refused_calls:
        with pytest.raises(ClientError) as error:
            refused()
        assert code_of(error) == "AccessDenied"


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("ec2", "describe_vpcs"),
        ("iam", "list_users"),
        ("lambda", "list_functions"),
        ("apigatewayv2", "get_apis"),
        ("scheduler", "list_schedules"),
        ("logs", "describe_log_groups"),
        ("sqs", "list_queues"),
    ],
)
def test_every_protocol_checks_signature_and_permission(estate: Estate, service: str, operation: str) -> None:
    getattr(estate.client(service), operation)()
    powerless = estate.as_role(estate.role(trust(OPERATOR)), service)
    with pytest.raises(ClientError) as error:
        getattr(powerless, operation)()
    assert "not authorized" in str(error.value)
    forger = session_client(estate.stack, service, estate.stack.aws_access_key_id, "not the secret")
    with pytest.raises(ClientError) as error:
        getattr(forger, operation)()
    assert code_of(error) in ("SignatureDoesNotMatch", "AuthFailure")


def test_deny_without_tls_does_not_lock_loopback_out(estate: Estate) -> None:
    bucket, s3 = estate.bucket(), estate.client("s3")
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
    }
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    s3.put_bucket_policy(Bucket=bucket, Policy=policy({**statement, "Condition": condition}))
    s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    s3.put_bucket_policy(Bucket=bucket, Policy=policy({**statement, "Action": "s3:GetObject"}))
    with pytest.raises(ClientError) as error:
        s3.get_object(Bucket=bucket, Key="a")
    assert code_of(error) == "AccessDenied"


def test_deployer_must_be_allowed_to_pass_the_role(estate: Estate) -> None:
    passed = estate.role(trust({"Service": "lambda.amazonaws.com"}))
    settings = {
        "FunctionName": estate.name("function"),
        "Runtime": "python3.13",
        "Role": passed,
        "Handler": "handler.handle",
        "Code": {"ZipFile": b"PK\x05\x06" + bytes(18)},
    }
    create = allow(["lambda:CreateFunction"], ["*"])
    with pytest.raises(ClientError, match="iam:PassRole"):
        estate.as_role(estate.role(trust(OPERATOR), create), "lambda").create_function(**settings)
    to_lambda = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    may_pass = allow(["iam:PassRole"], [passed], Condition=to_lambda)
    estate.as_role(estate.role(trust(OPERATOR), create, may_pass), "lambda").create_function(**settings)
    estate.after(lambda: estate.client("lambda").delete_function(FunctionName=settings["FunctionName"]))


def test_flow_logs_get_only_a_role_that_may_be_passed_to_them(estate: Estate) -> None:
    operator = estate.client("ec2")
    vpc = operator.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    estate.after(lambda: operator.delete_vpc(VpcId=vpc))
    passed = estate.role(trust({"Service": "vpc-flow-logs.amazonaws.com"}))
    settings = {
        "ResourceIds": [vpc],
        "ResourceType": "VPC",
        "TrafficType": "ALL",
        "LogGroupName": estate.name("flows"),
        "DeliverLogsPermissionArn": passed,
    }
    create = allow(["ec2:CreateFlowLogs"], ["*"])
    with pytest.raises(ClientError, match="iam:PassRole"):
        estate.as_role(estate.role(trust(OPERATOR), create), "ec2").create_flow_logs(**settings)
    to_flow_logs = {"StringEquals": {"iam:PassedToService": "vpc-flow-logs.amazonaws.com"}}
    may_pass = allow(["iam:PassRole"], [passed], Condition=to_flow_logs)
    made = estate.as_role(estate.role(trust(OPERATOR), create, may_pass), "ec2").create_flow_logs(**settings)
    operator.delete_flow_logs(FlowLogIds=made["FlowLogIds"])


def test_nobody_assumes_a_role_that_trusts_only_a_service(estate: Estate) -> None:
    role = estate.role(trust({"Service": "lambda.amazonaws.com"}))
    with pytest.raises(ClientError, match="sts:AssumeRole"):
        estate.as_role(role, "s3")


def test_request_without_signature_is_refused(estate: Estate) -> None:
    bucket = estate.bucket()
    estate.client("s3").put_object(Bucket=bucket, Key="a", Body=b"1")
    assert requests.get(f"{estate.stack.aws_endpoint_url}/{bucket}/a", timeout=10).status_code == 403


def test_emulator_controls_are_closed(estate: Estate) -> None:
    assert requests.post(f"{estate.stack.aws_endpoint_url}/moto-api/reset", timeout=10).status_code == 404
