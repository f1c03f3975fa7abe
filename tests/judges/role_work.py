"""The work of every role, as IAM sees it, and what is nobody's work: the least-privilege matrix.

`{raw}` and the like stand for the ARNs of buckets, `{place}` for region and account. What is one role's work
is forbidden to every other role that does not list it, too.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Call:
    """An action on a resource, with what AWS tells of the call besides."""

    action: str
    resource: str = "*"
    context: dict[str, str] = field(default_factory=dict, hash=False)


def objects(action: str, *paths: str) -> list[Call]:
    """The same action on each of the objects."""
    return [Call(f"s3:{action}", path) for path in paths]


def log_of(group: str) -> list[Call]:
    """What whoever writes the log group does."""
    stream = f"arn:aws:logs:{{place}}:log-group:{group}:log-stream:x"
    return [Call("logs:CreateLogStream", stream), Call("logs:PutLogEvents", stream)]


def interfaces() -> list[Call]:
    """What Lambda does with a role to put a function into a subnet."""
    interface = "arn:aws:ec2:{place}:network-interface/eni-0123456789abcdef0"
    subnet = "arn:aws:ec2:{place}:subnet/subnet-0123456789abcdef0"
    group = "arn:aws:ec2:{place}:security-group/sg-0123456789abcdef0"
    return [
        *(Call("ec2:CreateNetworkInterface", resource) for resource in (interface, subnet, group)),
        *(
            Call(f"ec2:{verb}", interface)
            for verb in ("AssignPrivateIpAddresses", "DeleteNetworkInterface", "UnassignPrivateIpAddresses")
        ),
        *(Call(f"ec2:{verb}") for verb in ("DescribeNetworkInterfaces", "DescribeSubnets")),
    ]


FUNCTION = "arn:aws:lambda:{place}:function:{stem}"
DEAD_LETTERS = Call("sqs:SendMessage", "arn:aws:sqs:{place}:{stem}-etl-dead-letters")
LIST_RAW = Call("s3:ListBucket", "{raw}", {"s3:prefix": "events/dt=2026-11-22/"})
# what Session Manager's agent does on a host
AGENT = [
    Call("ssm:UpdateInstanceInformation", "arn:aws:ec2:{place}:instance/i-0123456789abcdef0"),
    *(
        Call(f"ssmmessages:{verb}")
        for verb in ("CreateControlChannel", "CreateDataChannel", "OpenControlChannel", "OpenDataChannel")
    ),
]


def database(what: str) -> list[Call]:
    """What a host with a database does: be reached, keep its own backups."""
    backup = f"{{backups}}/{what}/x"
    return [
        *AGENT,
        *objects("GetObject", backup),
        *objects("PutObject", backup),
        *objects("DeleteObject", backup),
        Call("s3:ListBucket", "{backups}", {"s3:prefix": f"{what}/x"}),
    ]


SPARK_FILES = [f"{{processed}}/{prefix}/dt=x/a" for prefix in ("account", "events", "sessions")]
ROLE_WORK: dict[str, list[Call]] = {
    "ingest": [
        *objects("PutObject", "{raw}/events/dt=x/a", "{raw}/rejected/dt=x/a"),
        *log_of("/aws/lambda/{stem}-ingest"),
    ],
    "etl": [
        LIST_RAW,
        *objects("GetObject", "{raw}/events/dt=x/a", "{artifacts}/secrets/warehouse-loader.json"),
        *objects("GetObject", "{artifacts}/secrets/oltp-reader.json"),
        *objects("PutObject", "{processed}/events/dt=x/a"),
        *log_of("/aws/lambda/{stem}-etl"),
        DEAD_LETTERS,
        *interfaces(),
    ],
    "shop": [
        *objects("GetObject", "{artifacts}/secrets/shop.json"),
        *log_of("/aws/lambda/{stem}-shop"),
        *interfaces(),
    ],
    "oltp": database("oltp"),
    "warehouse": database("warehouse"),
    "dashboards": AGENT,
    "scheduler": [
        *(Call("lambda:InvokeFunction", f"{FUNCTION}-{function}:live") for function in ("etl", "shop")),
        DEAD_LETTERS,
    ],
    "spark": [
        LIST_RAW,
        Call("s3:ListBucket", "{processed}", {"s3:prefix": "events/"}),
        *objects("GetObject", "{raw}/events/dt=x/a", "{artifacts}/secrets/warehouse-loader.json"),
        *objects("GetObject", "{artifacts}/functions/etl/x.zip", "{artifacts}/functions/spark/x.py"),
        *objects("GetObject", *SPARK_FILES),
        *objects("PutObject", *SPARK_FILES, "{processed}/spark-logs/applications/x"),
    ],
    "flow-logs": [
        Call("logs:DescribeLogGroups"),
        Call(
            "logs:DescribeLogStreams", "arn:aws:logs:{place}:log-group:/aws/vpc/{stem}-flow-logs:log-stream:"
        ),
        *log_of("/aws/vpc/{stem}-flow-logs"),
    ],
}

NOBODYS_WORK: list[Call] = [
    *objects("PutObject", "{raw}/x", "{raw}/eventsx/a", "{processed}/x", "{artifacts}/functions/etl/x.zip"),
    *objects("PutObject", "{artifacts}/secrets/warehouse-loader.json"),
    *objects("GetObject", "{raw}/rejected/dt=x/a", "{artifacts}/secrets/other.json", "{raw}/x"),
    *objects("GetObject", "{artifacts}/secrets/operator/hosts.json", "{artifacts}/secrets/warehouse/x"),
    *objects("DeleteObject", "{raw}/events/dt=x/a", "{processed}/events/dt=x/a", "{media}/x", "{backups}/x"),
    *objects("DeleteObjectVersion", "{raw}/events/dt=x/a", "{backups}/x"),
    *objects("PutObjectAcl", "{raw}/events/dt=x/a", "{processed}/events/dt=x/a"),
    Call("s3:ListBucket", "{raw}"),
    Call("s3:ListBucket", "{raw}", {"s3:prefix": ""}),
    Call("s3:ListBucket", "{raw}", {"s3:prefix": "event"}),
    Call("s3:ListBucket", "{raw}", {"s3:prefix": "rejected/"}),
    Call("s3:ListBucket", "{artifacts}", {"s3:prefix": "secrets/"}),
    *(
        Call(f"s3:{verb}", "{raw}")
        for verb in (
            *("DeleteBucket", "DeleteBucketPolicy", "GetBucketPolicy", "PutBucketPolicy"),
            *("ListBucketVersions", "PutBucketPublicAccessBlock", "PutBucketVersioning"),
            *("PutEncryptionConfiguration", "PutLifecycleConfiguration", "PutReplicationConfiguration"),
        )
    ),
    Call("s3:ListAllMyBuckets"),
    *(Call(f"iam:{verb}", "arn:aws:iam::{account}:user/x") for verb in ("CreateUser", "CreateAccessKey")),
    *(
        Call(f"iam:{verb}", f"arn:aws:iam::{{account}}:role/{{stem}}-{role}")
        for role in ("etl", "ingest", "scheduler")
        for verb in ("AttachRolePolicy", "PassRole", "PutRolePolicy", "UpdateAssumeRolePolicy")
    ),
    *(
        Call("sts:AssumeRole", f"arn:aws:iam::{{account}}:role/{role}")
        for role in ("{stem}-etl", "{stem}-ingest", "admin")
    ),
    *(
        Call("lambda:InvokeFunction", f"{FUNCTION}-{name}")
        for name in ("etl", "etl:1", "ingest", "ingest:live")
    ),
    *(
        Call(f"lambda:{verb}", f"{FUNCTION}-etl")
        for verb in ("AddPermission", "DeleteFunction", "GetFunction", "UpdateFunctionCode")
    ),
    *log_of("/aws/lambda/other"),
    *(
        Call(f"logs:{verb}", "arn:aws:logs:{place}:log-group:/aws/lambda/{stem}-etl:log-stream:")
        for verb in ("DeleteLogGroup", "PutRetentionPolicy", "CreateLogGroup")
    ),
    *(
        Call(f"sqs:{verb}", DEAD_LETTERS.resource)
        for verb in ("DeleteMessage", "PurgeQueue", "ReceiveMessage")
    ),
    Call("sqs:SendMessage", "arn:aws:sqs:{place}:other"),
    Call("ec2:DescribeInstances"),
    Call("ec2:RunInstances", "arn:aws:ec2:{place}:instance/i-0123456789abcdef0"),
    Call("ec2:DeleteVpc", "arn:aws:ec2:{place}:vpc/vpc-0123456789abcdef0"),
    Call("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:{place}:secret:x-abcdef"),
    Call("ssm:GetParameter", "arn:aws:ssm:{place}:parameter/x"),
    Call("kms:Decrypt", "arn:aws:kms:{place}:key/12345678-1234-1234-1234-123456789012"),
    Call("cognito-idp:AdminGetUser", "arn:aws:cognito-idp:{place}:userpool/eu-central-1_abc"),
]
