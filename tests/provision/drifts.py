"""What can happen to each sort of thing behind the toolkit's back, and the settings that must show it."""

from collections.abc import Callable
from dataclasses import dataclass

from provision.aws import Aws
from provision.resource import Document

Drift = Callable[[Aws, Document], object]


@dataclass(frozen=True)
class Case:
    """Something done behind the toolkit's back to a live thing, and the settings that must show it."""

    kind: str
    name: str  # the last part of the thing's name
    drift: Drift
    shown: frozenset[str]


def case(kind: str, name: str, drift: Drift, *shown: str) -> Case:
    return Case(kind, name, drift, frozenset(shown))


def open_to_the_world(aws: Aws, rules: Document) -> None:
    aws.ec2.authorize_security_group_ingress(
        GroupId=rules.group.id,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ],
    )


def lead_to_the_internet(aws: Aws, table: Document) -> None:
    gateway = aws.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    aws.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=table.vpc.id)
    aws.ec2.create_route(RouteTableId=table.id, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)


def leave_a_subnet(aws: Aws, table: Document) -> None:
    tables = aws.ec2.describe_route_tables(RouteTableIds=[table.id])["RouteTables"]
    aws.ec2.disassociate_route_table(AssociationId=tables[0]["Associations"][0]["RouteTableAssociationId"])


def allow_more(aws: Aws, role: Document) -> None:
    document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
    aws.iam.put_role_policy(RoleName=role.name, PolicyName="more", PolicyDocument=document)


def attach_more(aws: Aws, role: Document) -> None:
    document = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
    arn = aws.iam.create_policy(PolicyName="more", PolicyDocument=document)["Policy"]["Arn"]
    aws.iam.attach_role_policy(RoleName=role.name, PolicyArn=arn)


def trust_others(aws: Aws, role: Document) -> None:
    document = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",'
        '"Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
    )
    aws.iam.update_assume_role_policy(RoleName=role.name, PolicyDocument=document)


def deploy_other_code(aws: Aws, function: Document) -> None:
    bucket = function.artifacts.name
    aws.s3.put_object(Bucket=bucket, Key="other.zip", Body=OTHER_ZIP)
    aws.functions.update_function_code(FunctionName=function.name, S3Bucket=bucket, S3Key="other.zip")


def permit_others(aws: Aws, permission: Document) -> None:
    place: Document = {
        "FunctionName": permission.function.name,
        "Qualifier": "live",
        "StatementId": permission.name,
    }
    aws.functions.remove_permission(**place)
    aws.functions.add_permission(**place, Action="lambda:InvokeFunction", Principal="s3.amazonaws.com")


def pause(aws: Aws, schedule: Document) -> None:
    live: Document = aws.schedules.get_schedule(GroupName=schedule.group.name, Name=schedule.name)
    kept = {key: live[key] for key in ("Name", "GroupName", "FlexibleTimeWindow", "Target")}
    aws.schedules.update_schedule(**kept, ScheduleExpression="rate(2 hours)", State="DISABLED")


OTHER_ZIP = bytes.fromhex("504b0506" + "00" * 18)  # a zip without entries

CASES = [
    case(
        "vpc",
        "vpc",
        lambda aws, vpc: aws.ec2.modify_vpc_attribute(VpcId=vpc.id, EnableDnsHostnames={"Value": False}),
        "dns_hostnames",
    ),
    case(
        "vpc",
        "vpc",
        lambda aws, vpc: aws.ec2.modify_vpc_attribute(VpcId=vpc.id, EnableDnsSupport={"Value": False}),
        "dns_support",
    ),
    case(
        "subnet",
        "analytics",
        lambda aws, subnet: aws.ec2.modify_subnet_attribute(
            SubnetId=subnet.id, MapPublicIpOnLaunch={"Value": True}
        ),
        "public_addresses",
    ),
    case("route table", "private", lead_to_the_internet, "other_routes"),
    case("route table", "private", leave_a_subnet, "subnets"),
    case(
        "gateway endpoint",
        "s3",
        lambda aws, endpoint: (
            aws.ec2.modify_vpc_endpoint(VpcEndpointId=endpoint.id, ResetPolicy=True)
            and aws.ec2.modify_vpc_endpoint(
                VpcEndpointId=endpoint.id, PolicyDocument='{"Version":"2012-10-17","Statement":[]}'
            )
        ),
        "policy",
    ),
    case(
        "gateway endpoint",
        "s3",
        lambda aws, endpoint: aws.ec2.modify_vpc_endpoint(
            VpcEndpointId=endpoint.id, RemoveRouteTableIds=[table.id for table in endpoint.route_tables]
        ),
        "route_tables",
    ),
    case("security group rules", "warehouse", open_to_the_world, "ingress"),
    case(
        "security group rules",
        "warehouse",
        lambda aws, rules: aws.ec2.revoke_security_group_egress(
            GroupId=rules.group.id, IpPermissions=[rule.permission() for rule in rules.egress]
        ),
        "egress",
    ),
    case(
        "log group",
        "ingest",
        lambda aws, group: aws.logs.delete_retention_policy(logGroupName=group.name),
        "retention_days",
    ),
    case(
        "log group",
        "ingest",
        lambda aws, group: aws.logs.untag_resource(resourceArn=group.arn, tagKeys=["Project"]),
        "tags",
    ),
    case("role", "ingest", allow_more, "policies"),
    case("role", "ingest", attach_more, "attached_policies"),
    case("role", "scheduler", trust_others, "trust"),
    case(
        "role",
        "ingest",
        lambda aws, role: aws.iam.untag_role(RoleName=role.name, TagKeys=["ManagedBy"]),
        "tags",
    ),
    case(
        "function",
        "etl",
        lambda aws, function: aws.functions.update_function_configuration(
            FunctionName=function.name, MemorySize=128, Environment={"Variables": {"RAW_BUCKET": "other"}}
        ),
        "memory_mb",
        "environment",
    ),
    case("function", "ingest", deploy_other_code, "code_sha256"),
    case(
        "function",
        "ingest",
        lambda aws, function: aws.functions.untag_resource(Resource=function.arn, TagKeys=["Project"]),
        "tags",
    ),
    case(
        "function",
        "etl",
        lambda aws, function: aws.functions.delete_function_concurrency(FunctionName=function.name),
        "most_at_once",
    ),
    case(
        "function alias",
        "ingest",
        lambda aws, alias: aws.functions.update_alias(
            FunctionName=alias.name, Name="live", FunctionVersion="$LATEST"
        ),
        "version",
    ),
    case(
        "function alias",
        "ingest",
        lambda aws, alias: aws.functions.update_alias(
            FunctionName=alias.name, Name="live", RoutingConfig={"AdditionalVersionWeights": {"1": 0.5}}
        ),
        "shares",
    ),
    case(
        "asynchronous calls",
        "etl",
        lambda aws, calls: aws.functions.put_function_event_invoke_config(
            FunctionName=calls.name, Qualifier="live", MaximumRetryAttempts=0
        ),
        "retries",
        "try_for_seconds",
        "on_failure",
    ),
    case("function permission", "api", permit_others, "principal", "source_arn"),
    case("function permission", "shop-product", permit_others, "principal", "source_arn"),
    case(
        "queue",
        "etl-dead-letters",
        lambda aws, queue: aws.queues.set_queue_attributes(
            QueueUrl=queue.id, Attributes={"MessageRetentionPeriod": "60"}
        ),
        "retention_days",
    ),
    case(
        "queue",
        "etl-dead-letters",
        lambda aws, queue: aws.queues.untag_queue(QueueUrl=queue.id, TagKeys=["Project"]),
        "tags",
    ),
    case(
        "schedule group",
        "schedules",
        lambda aws, group: aws.schedules.untag_resource(ResourceArn=group.arn, TagKeys=["Project"]),
        "tags",
    ),
    case("schedule", "etl", pause, "expression", "state"),
]
