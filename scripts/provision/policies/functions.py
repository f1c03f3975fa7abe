"""What functions and the schedule that calls one may do."""

from __future__ import annotations

from dataclasses import dataclass

from provision.aws import Account
from provision.normal_form import PolicyDocument
from provision.policies.statements import allow, document, write_log

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


def function_trust(account: Account) -> PolicyDocument:
    """Only Lambda may take on the role, and only for this account: it works for all accounts.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    """
    statement = allow("AssumedByLambda", "sts:AssumeRole", principal={"Service": "lambda.amazonaws.com"})
    return document([{**statement, "Condition": {"StringEquals": {"aws:SourceAccount": account.id}}}])


def scheduler_trust(account: Account, group_name: str) -> PolicyDocument:
    """Only EventBridge Scheduler may take on the role, and only for our schedules."""
    group_arn = f"arn:aws:scheduler:{account.region}:{account.id}:schedule-group/{group_name}"
    statement = allow(
        "AssumedByScheduler", "sts:AssumeRole", principal={"Service": "scheduler.amazonaws.com"}
    )
    condition = {"StringEquals": {"aws:SourceAccount": account.id, "aws:SourceArn": group_arn}}
    return document([{**statement, "Condition": condition}])


def ingest_policy(raw_arn: str, log_group_arn: str) -> PolicyDocument:
    """Ingest adds raw objects and writes its log; it can read nothing, not even what it wrote."""
    return document(
        [
            allow("StoreRawObjects", "s3:PutObject", [f"{raw_arn}/events/*", f"{raw_arn}/rejected/*"]),
            write_log(log_group_arn),
        ]
    )


@dataclass(frozen=True, kw_only=True)
class EtlArns:
    """What the ETL's role is about, by ARN."""

    raw: str
    processed: str
    loader_secret: str
    oltp_reader_secret: str
    log_group: str
    function: str
    dead_letters: str


def etl_policy(arns: EtlArns) -> PolicyDocument:
    """The ETL reads raw events, writes processed ones, reads two logins, and lives in the VPC.

    Lambda sends what failed to the queue in the role's name.
    """
    list_raw = allow("ListRawEvents", "s3:ListBucket", arns.raw)
    return document(
        [
            {**list_raw, "Condition": {"StringLike": {"s3:prefix": "events/*"}}},
            allow("ReadRawEvents", "s3:GetObject", f"{arns.raw}/events/*"),
            allow("WriteProcessedEvents", "s3:PutObject", f"{arns.processed}/events/*"),
            allow("ReadDatabaseLogins", "s3:GetObject", [arns.loader_secret, arns.oltp_reader_secret]),
            write_log(arns.log_group),
            allow("KeepDeadLetters", "sqs:SendMessage", arns.dead_letters),
            *_live_in_the_vpc(arns.function),
        ]
    )


def shop_policy(secret_arn: str, log_group_arn: str, function_arn: str) -> PolicyDocument:
    """The shop reads one secret and lives in the VPC; what it may do in the database, the database says."""
    return document(
        [
            allow("ReadDatabaseLogin", "s3:GetObject", secret_arn),
            write_log(log_group_arn),
            *_live_in_the_vpc(function_arn),
        ]
    )


def _live_in_the_vpc(function_arn: str) -> list[PolicyDocument]:
    """Lambda puts the function into the VPC; the function's own code may not touch interfaces."""
    return [
        allow("LiveInTheVpc", INTERFACE_ACTIONS, "*"),
        {
            # Lambda needs these; the function's own code does not, and code can be made to do things.
            "Sid": "InterfacesAreNotForTheCode",
            "Effect": "Deny",
            "Action": INTERFACE_ACTIONS,
            "Resource": "*",
            "Condition": {"ArnEquals": {"lambda:SourceFunctionArn": function_arn}},
        },
    ]


def scheduler_policy(alias_arns: list[str], dead_letters_arn: str) -> PolicyDocument:
    """The schedules invoke these live versions and leave what fails in one queue."""
    return document(
        [
            allow("InvokeFunctions", "lambda:InvokeFunction", alias_arns),
            allow("KeepDeadLetters", "sqs:SendMessage", dead_letters_arn),
        ]
    )
