"""Every policy of the estate, as pure functions of names: read them to know who can do what.

Each one equals its golden file in tests/golden/policies/. A wildcard stands only where no name can be given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from provision.aws import Account
from provision.normal_form import PolicyDocument

VERSION = "2012-10-17"
# What Lambda itself does with a role to put a function into a VPC. It checks these on every resource, and its
# interfaces have no name before they exist.
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
INTERFACE_ACTIONS = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
]

# What Session Manager's agent does, by the service that it speaks with; none of these takes a resource.
# https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
AGENT_ACTIONS = {
    "ssm": ["ssm:UpdateInstanceInformation"],
    "ssmmessages": [
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
    ],
}


def function_trust() -> PolicyDocument:
    """Only Lambda may take on the role."""
    return _document(
        [_allow("AssumedByLambda", "sts:AssumeRole", principal={"Service": "lambda.amazonaws.com"})]
    )


def scheduler_trust(account: Account, group_name: str) -> PolicyDocument:
    """Only EventBridge Scheduler may take on the role, and only for our schedules."""
    group_arn = f"arn:aws:scheduler:{account.region}:{account.id}:schedule-group/{group_name}"
    statement = _allow(
        "AssumedByScheduler", "sts:AssumeRole", principal={"Service": "scheduler.amazonaws.com"}
    )
    condition = {"StringEquals": {"aws:SourceAccount": account.id, "aws:SourceArn": group_arn}}
    return _document([{**statement, "Condition": condition}])


def ingest_policy(raw_arn: str, log_group_arn: str) -> PolicyDocument:
    """Ingest adds raw objects and writes its log; it can read nothing, not even what it wrote."""
    return _document(
        [
            _allow("StoreRawObjects", "s3:PutObject", [f"{raw_arn}/events/*", f"{raw_arn}/rejected/*"]),
            _write_log(log_group_arn),
        ]
    )


@dataclass(frozen=True, kw_only=True)
class EtlArns:
    """What the ETL's role is about, by ARN."""

    raw: str
    processed: str
    loader_secret: str
    log_group: str
    function: str
    dead_letters: str


def etl_policy(arns: EtlArns) -> PolicyDocument:
    """The ETL reads raw events, writes processed ones, reads one secret, and lives in the VPC.

    Lambda sends what failed to the queue in the role's name.
    """
    list_raw = _allow("ListRawEvents", "s3:ListBucket", arns.raw)
    return _document(
        [
            {**list_raw, "Condition": {"StringLike": {"s3:prefix": "events/*"}}},
            _allow("ReadRawEvents", "s3:GetObject", f"{arns.raw}/events/*"),
            _allow("WriteProcessedEvents", "s3:PutObject", f"{arns.processed}/events/*"),
            _allow("ReadWarehouseLogin", "s3:GetObject", arns.loader_secret),
            _write_log(arns.log_group),
            _allow("KeepDeadLetters", "sqs:SendMessage", arns.dead_letters),
            _allow("LiveInTheVpc", INTERFACE_ACTIONS, "*"),
            {
                # Lambda needs these; the function's own code does not, and code can be made to do things.
                "Sid": "InterfacesAreNotForTheCode",
                "Effect": "Deny",
                "Action": INTERFACE_ACTIONS,
                "Resource": "*",
                "Condition": {"ArnEquals": {"lambda:SourceFunctionArn": arns.function}},
            },
        ]
    )


def scheduler_policy(alias_arn: str, dead_letters_arn: str) -> PolicyDocument:
    """The schedule invokes one function's live version and leaves what fails in one queue."""
    return _document(
        [
            _allow("InvokeFunction", "lambda:InvokeFunction", alias_arn),
            _allow("KeepDeadLetters", "sqs:SendMessage", dead_letters_arn),
        ]
    )


def tls_only_policy(bucket_arn: str) -> PolicyDocument:
    """Nobody, whatever else they are allowed, speaks with the bucket in clear text."""
    return _document(
        [
            {
                "Sid": "OverTlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [bucket_arn, f"{bucket_arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ]
    )


def s3_endpoint_policy(account: Account, bucket_arns: Sequence[str]) -> PolicyDocument:
    """Through the gateway endpoint only our own buckets can be written: no data can be carried to others.

    Reading goes a step further: AWS's own bucket of the region holds Session Manager's agent.
    https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html
    """
    statement = _allow(
        "OwnBucketsOnly",
        ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListBucket", "s3:PutObject"],
        sorted([*bucket_arns, *(f"{arn}/*" for arn in bucket_arns)]),
        principal="*",
    )
    own_buckets = {**statement, "Condition": {"StringEquals": {"aws:ResourceAccount": account.id}}}
    agent_arn = f"arn:aws:s3:::amazon-ssm-{account.region}/*"
    return _document([own_buckets, _allow("AgentPackages", "s3:GetObject", agent_arn, principal="*")])


def session_manager_endpoint_policy(account: Account, service: str) -> PolicyDocument:
    """Through the endpoint of `service` only this account's identities speak, and only as an agent does."""
    statement = _allow("OwnAgentsOnly", AGENT_ACTIONS[service], "*", principal="*")
    return _document([{**statement, "Condition": {"StringEquals": {"aws:PrincipalAccount": account.id}}}])


def flow_logs_trust(account: Account) -> PolicyDocument:
    """Only the VPC's flow logs of this account and region may take on the role."""
    statement = _allow(
        "AssumedByFlowLogs", "sts:AssumeRole", principal={"Service": "vpc-flow-logs.amazonaws.com"}
    )
    condition = {
        "StringEquals": {"aws:SourceAccount": account.id},
        "ArnLike": {"aws:SourceArn": f"arn:aws:ec2:{account.region}:{account.id}:vpc-flow-log/*"},
    }
    return _document([{**statement, "Condition": condition}])


def flow_logs_policy(account: Account, log_group_name: str) -> PolicyDocument:
    """Flow logs write to one group; they look it up among the names of all.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    """
    groups_arn = f"arn:aws:logs:{account.region}:{account.id}:log-group"
    return _document(
        [
            _allow("FindLogGroup", "logs:DescribeLogGroups", f"{groups_arn}:*"),
            _allow("FindLogStreams", "logs:DescribeLogStreams", f"{groups_arn}:{log_group_name}:*"),
            _write_log(f"{groups_arn}:{log_group_name}"),
        ]
    )


def _document(statements: list[PolicyDocument]) -> PolicyDocument:
    return {"Version": VERSION, "Statement": statements}


def _allow(
    sid: str,
    action: str | list[str],
    resource: str | list[str] | None = None,
    *,
    principal: str | dict[str, str] | None = None,
) -> PolicyDocument:
    statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": principal,
        "Action": action,
        "Resource": resource,
    }
    return {key: value for key, value in statement.items() if value is not None}


def _write_log(log_group_arn: str) -> PolicyDocument:
    """The group exists before the function, so nobody needs the right to create groups."""
    return _allow("WriteLog", ["logs:CreateLogStream", "logs:PutLogEvents"], f"{log_group_arn}:*")
