"""What may go through the network's endpoints, and what its flow logs may do."""

from __future__ import annotations

from collections.abc import Sequence

from provision.aws import Account
from provision.normal_form import PolicyDocument
from provision.policies.statements import allow, document, write_log

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


def s3_endpoint_policy(account: Account, bucket_arns: Sequence[str], backups_arn: str) -> PolicyDocument:
    """Through the gateway endpoint only our own buckets can be written: no data can be carried to others.

    Only backups are deleted from inside, by the hosts that made them, as they grow old.
    Reading goes a step further: AWS's own bucket of the region holds Session Manager's agent.
    https://docs.aws.amazon.com/systems-manager/latest/userguide/ssm-agent-technical-details.html
    """
    statement = allow(
        "OwnBucketsOnly",
        ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListBucket", "s3:PutObject"],
        sorted([*bucket_arns, *(f"{arn}/*" for arn in bucket_arns)]),
        principal="*",
    )
    expiring = allow("BackupsGrowOld", "s3:DeleteObject", f"{backups_arn}/*", principal="*")
    ours = {"Condition": {"StringEquals": {"aws:ResourceAccount": account.id}}}
    agent_arn = f"arn:aws:s3:::amazon-ssm-{account.region}/*"
    agent = allow("AgentPackages", "s3:GetObject", agent_arn, principal="*")
    return document([{**statement, **ours}, {**expiring, **ours}, agent])


def session_manager_endpoint_policy(account: Account, service: str) -> PolicyDocument:
    """Through the endpoint of `service` only this account's identities speak, and only as an agent does."""
    statement = allow("OwnAgentsOnly", AGENT_ACTIONS[service], "*", principal="*")
    return document([{**statement, "Condition": {"StringEquals": {"aws:PrincipalAccount": account.id}}}])


def flow_logs_trust(account: Account) -> PolicyDocument:
    """Only the VPC's flow logs of this account and region may take on the role."""
    statement = allow(
        "AssumedByFlowLogs", "sts:AssumeRole", principal={"Service": "vpc-flow-logs.amazonaws.com"}
    )
    condition = {
        "StringEquals": {"aws:SourceAccount": account.id},
        "ArnLike": {"aws:SourceArn": f"arn:aws:ec2:{account.region}:{account.id}:vpc-flow-log/*"},
    }
    return document([{**statement, "Condition": condition}])


def flow_logs_policy(account: Account, log_group_name: str) -> PolicyDocument:
    """Flow logs write to one group; they look it up among the names of all.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    """
    groups_arn = f"arn:aws:logs:{account.region}:{account.id}:log-group"
    return document(
        [
            # an action that takes no resource: with one named, IAM would never allow it
            allow("FindLogGroup", "logs:DescribeLogGroups", "*"),
            allow("FindLogStreams", "logs:DescribeLogStreams", f"{groups_arn}:{log_group_name}:*"),
            write_log(f"{groups_arn}:{log_group_name}"),
        ]
    )
