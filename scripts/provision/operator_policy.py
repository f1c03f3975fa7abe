"""What the person or pipeline that runs `python -m provision` must be allowed, as a pure function.

It reaches what this environment owns: by name where AWS lets a name be given, by tag where it makes up ids.
It can pass only the environment's roles, and only to the services that use them. `python -m provision
operator-policy` prints it, in parts, because AWS ends a managed policy at 6,144 characters.
"""

from __future__ import annotations

from provision.aws import Account
from provision.identity import identity_tags
from provision.normal_form import PolicyDocument
from provision.operator_catalog import catalog_statements
from provision.operator_delivery import delivery_statements
from provision.operator_erasure import erasure_operations
from provision.operator_hosts import host_operations
from provision.operator_sessions import session_operations
from provision.operator_spark import spark_operations
from provision.policies.statements import VERSION
from provision.policies.watching import operator_statements as watching_statements
from provision.resources.function_alias import ALIAS
from provision.settings import Settings

EC2_THINGS = ("route-table", "security-group", "subnet", "vpc", "vpc-endpoint", "vpc-flow-log")
EC2_CREATES = [
    *("CreateFlowLogs", "CreateRouteTable", "CreateSecurityGroup", "CreateSubnet", "CreateVpc"),
    "CreateVpcEndpoint",
]
EC2_CHANGES = [
    *("AssociateRouteTable", "DisassociateRouteTable", "DeleteRoute", "DeleteRouteTable"),
    *("AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress", "DeleteSecurityGroup"),
    *("RevokeSecurityGroupEgress", "RevokeSecurityGroupIngress"),
    *("DeleteSubnet", "DeleteTags", "DeleteVpc", "DeleteVpcEndpoints", "DeleteFlowLogs"),
    *("ModifySubnetAttribute", "ModifyVpcAttribute", "ModifyVpcEndpoint"),
    "DescribeVpcAttribute",  # changes nothing, but AWS asks for the right on the VPC itself
]
EC2_READS = [
    *("DescribeFlowLogs", "DescribeManagedPrefixLists", "DescribeRouteTables", "DescribeSecurityGroupRules"),
    *("DescribeSecurityGroups", "DescribeSubnets", "DescribeVpcEndpoints", "DescribeVpcs"),
]
BUCKET_SETTINGS = [
    *("BucketLogging", "BucketOwnershipControls", "BucketPolicy", "BucketPublicAccessBlock", "BucketTagging"),
    *("BucketVersioning", "EncryptionConfiguration", "LifecycleConfiguration"),
]
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
LOG_DELIVERY = [
    *("CreateLogDelivery", "DeleteLogDelivery", "DescribeLogGroups", "DescribeResourcePolicies"),
    *("GetLogDelivery", "ListLogDeliveries", "PutResourcePolicy", "UpdateLogDelivery"),
]


def operator_policies(settings: Settings, account: Account) -> dict[str, PolicyDocument]:
    """The policies, by name: plan, apply, outputs, orphans and destroy of one environment, and its hosts."""
    stem = f"{settings.project}-{settings.environment}"
    place = f"{account.region}:{account.id}"
    network = [*_network(settings, place), *_buckets(stem), *_roles(stem, account.id)]
    services = [
        *_functions_and_logs(stem, place),
        *_doors_and_clock(stem, place, account.region),
        *_sign_in(place),
        *catalog_statements(stem, place),
        _allow("FindOrphans", "tag", ["GetResources"], "*"),
    ]
    documents = {
        "1": _document(network),
        "2": _document(services),
        "delivery": _document(delivery_statements(settings, account)),
        "erasure": erasure_operations(settings),
        "hosts": host_operations(settings, account),
        "sessions": session_operations(settings, account),
        "watching": _document(watching_statements(stem, account)),
    }
    if settings.spark_enabled:
        documents["spark"] = spark_operations(settings, account)
    return {f"{stem}-operator-{part}": document for part, document in documents.items()}


def _document(statements: list[PolicyDocument]) -> PolicyDocument:
    return {"Version": VERSION, "Statement": statements}


def _network(settings: Settings, place: str) -> list[PolicyDocument]:
    tags = identity_tags(settings)
    ours = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
    to_be_ours = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    things = [f"arn:aws:ec2:{place}:{thing}/*" for thing in EC2_THINGS]
    tagging = _allow("TagWhatIsMade", "ec2", ["CreateTags"], things)
    making = _allow("MakeTaggedNetwork", "ec2", EC2_CREATES, things)
    # creating a part asks for the right on what it is a part of, too
    changing = _allow("ChangeOwnNetwork", "ec2", sorted([*EC2_CREATES, *EC2_CHANGES]), things)
    # the VPC's default group is AWS's own: it becomes ours by our tags
    adopting = _allow("AdoptDefaultGroup", "ec2", ["CreateTags"], [f"arn:aws:ec2:{place}:security-group/*"])
    return [
        _allow("ReadNetwork", "ec2", EC2_READS, "*"),
        {**making, "Condition": {"StringEquals": to_be_ours}},
        {**tagging, "Condition": {"StringEquals": {"ec2:CreateAction": EC2_CREATES}}},
        {**changing, "Condition": {"StringEquals": ours}},
        {**adopting, "Condition": {"StringEquals": to_be_ours}},
    ]


def _buckets(stem: str) -> list[PolicyDocument]:
    settings = [f"{verb}{setting}" for setting in BUCKET_SETTINGS for verb in ("Get", "Put")]
    actions = [
        "CreateBucket",
        "DeleteBucket",
        "DeleteBucketPolicy",
        "ListBucket",
        "ListBucketVersions",
        *settings,
    ]
    return [
        _allow("OwnBuckets", "s3", actions, f"arn:aws:s3:::{stem}-*"),
        _allow(
            "PublishArtifacts",
            "s3",
            ["GetObject", "PutObject"],
            [f"arn:aws:s3:::{stem}-artifacts-*/{below}/*" for below in ("apt", "functions")],
        ),
        _allow("EmptyBuckets", "s3", ["DeleteObject", "DeleteObjectVersion"], f"arn:aws:s3:::{stem}-*/*"),
    ]


def _roles(stem: str, account_id: str) -> list[PolicyDocument]:
    roles = f"arn:aws:iam::{account_id}:role/{stem}-*"
    actions = [
        *("CreateRole", "DeleteRole", "DeleteRolePolicy", "DetachRolePolicy", "GetRole", "GetRolePolicy"),
        *("ListAttachedRolePolicies", "ListRolePolicies", "PutRolePolicy", "TagRole"),
        "UpdateAssumeRolePolicy",
    ]
    users = [
        "ec2.amazonaws.com",
        "lambda.amazonaws.com",
        "scheduler.amazonaws.com",
        "vpc-flow-logs.amazonaws.com",
    ]
    passing = _allow("PassRoles", "iam", ["PassRole"], roles)
    return [
        _allow("OwnRoles", "iam", actions, roles),
        _allow("ListRoles", "iam", ["ListRoles"], "*"),
        {**passing, "Condition": {"StringEquals": {"iam:PassedToService": users}}},
    ]


def _functions_and_logs(stem: str, place: str) -> list[PolicyDocument]:
    functions = [
        *("AddPermission", "CreateFunction", "DeleteFunction", "GetFunction", "GetPolicy"),
        *("RemovePermission", "TagResource", "UpdateFunctionCode", "UpdateFunctionConfiguration"),
        *(
            "CreateAlias",
            "DeleteAlias",
            "GetAlias",
            "UpdateAlias",
            "ListVersionsByFunction",
            "PublishVersion",
        ),
        *("DeleteFunctionConcurrency", "GetFunctionConcurrency", "PutFunctionConcurrency"),
        *("DeleteFunctionEventInvokeConfig", "GetFunctionEventInvokeConfig", "PutFunctionEventInvokeConfig"),
    ]
    groups = [
        f"arn:aws:logs:{place}:log-group:/aws/{owner}/{stem}-*" for owner in ("apigateway", "lambda", "vpc")
    ]
    logs = ["CreateLogGroup", "DeleteLogGroup", "ListTagsForResource", "PutRetentionPolicy", "TagResource"]
    etl = f"arn:aws:lambda:{place}:function:{stem}-etl:{ALIAS}"
    return [
        _allow("RunTheEtl", "lambda", ["InvokeFunction"], etl),
        _allow("OwnFunctions", "lambda", sorted(functions), f"arn:aws:lambda:{place}:function:{stem}-*"),
        _allow("OwnLogs", "logs", logs, groups),
        _allow("AccessLogs", "logs", LOG_DELIVERY, "*"),
    ]


def _doors_and_clock(stem: str, place: str, region: str) -> list[PolicyDocument]:
    queues = [
        *("CreateQueue", "DeleteQueue", "GetQueueAttributes", "GetQueueUrl", "ListQueueTags"),
        *("SetQueueAttributes", "TagQueue"),
    ]
    schedules = [
        *("CreateSchedule", "CreateScheduleGroup", "DeleteSchedule", "DeleteScheduleGroup", "GetSchedule"),
        *("GetScheduleGroup", "ListTagsForResource", "TagResource", "UpdateSchedule"),
    ]
    clock = [f"arn:aws:scheduler:{place}:schedule-group/{stem}-*"]
    clock += [f"arn:aws:scheduler:{place}:schedule/{stem}-*/{stem}-*"]
    # an API has an id and no name here; in an account shared with other APIs, give this one a boundary
    doors = [f"arn:aws:apigateway:{region}::/{path}" for path in ("apis", "apis/*", "tags/*")]
    return [
        _allow("OwnQueues", "sqs", queues, f"arn:aws:sqs:{place}:{stem}-*"),
        _allow("HttpApis", "apigateway", ["DELETE", "GET", "PATCH", "POST"], doors),
        _allow("OwnSchedules", "scheduler", schedules, clock),
    ]


def _sign_in(place: str) -> list[PolicyDocument]:
    """A user pool has an id and no name in its ARN: this reaches all pools of the region."""
    pools = [
        *("CreateUserPoolClient", "CreateUserPoolDomain", "DeleteUserPool", "DeleteUserPoolClient"),
        *("DeleteUserPoolDomain", "DescribeUserPool", "DescribeUserPoolClient", "GetUserPoolMfaConfig"),
        *("ListTagsForResource", "ListUserPoolClients", "SetUserPoolMfaConfig", "TagResource"),
        *("UpdateUserPool", "UpdateUserPoolClient"),
    ]
    unnamed = ["CreateUserPool", "DescribeUserPoolDomain", "ListUserPools"]
    return [
        _allow("UserPools", "cognito-idp", pools, f"arn:aws:cognito-idp:{place}:userpool/*"),
        _allow("FindAndMakeUserPools", "cognito-idp", unnamed, "*"),
    ]


def _allow(sid: str, service: str, actions: list[str], resource: str | list[str]) -> PolicyDocument:
    named = [f"{service}:{action}" for action in actions]
    return {"Sid": sid, "Effect": "Allow", "Action": named, "Resource": resource}
