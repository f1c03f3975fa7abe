"""Every resource class against an emulated AWS: create, read, plan, drift, update, delete."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from provision import engine, policies
from provision.aws import Account, Aws
from provision.function_zip import FunctionZip
from provision.identity import identify
from provision.plan import Change
from provision.resource import Document, Resource
from provision.resources import ALL
from provision.settings import Settings
from provision.stack import build_stack

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
    name, sid = permission.function.name, permission.name
    aws.functions.remove_permission(FunctionName=name, StatementId=sid)
    aws.functions.add_permission(
        FunctionName=name, StatementId=sid, Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"
    )


def pause(aws: Aws, schedule: Document) -> None:
    live: Document = aws.schedules.get_schedule(GroupName=schedule.group.name, Name=schedule.name)
    kept = {key: live[key] for key in ("Name", "GroupName", "FlexibleTimeWindow", "Target")}
    aws.schedules.update_schedule(**kept, ScheduleExpression="rate(2 hours)", State="DISABLED")


OTHER_ZIP = bytes.fromhex("504b0506" + "00" * 18)  # a zip without entries
OTHER_POLICY = policies.tls_only_policy("arn:aws:s3:::other")
OTHER_RULE: Document = {
    "ID": "x",
    "Status": "Enabled",
    "Filter": {"Prefix": "events/"},
    "Expiration": {"Days": 1},
}

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
        "bucket",
        "artifacts-123456789012",
        lambda aws, bucket: aws.s3.delete_public_access_block(Bucket=bucket.name),
        "public_access",
    ),
    case(
        "bucket",
        "artifacts-123456789012",
        lambda aws, bucket: aws.s3.put_bucket_versioning(
            Bucket=bucket.name, VersioningConfiguration={"Status": "Suspended"}
        ),
        "versioning",
    ),
    case(
        "bucket",
        "raw-123456789012",
        lambda aws, bucket: aws.s3.put_bucket_lifecycle_configuration(
            Bucket=bucket.name, LifecycleConfiguration={"Rules": [OTHER_RULE]}
        ),
        "lifecycle",
    ),
    case(
        "bucket",
        "raw-123456789012",
        lambda aws, bucket: aws.s3.delete_bucket_policy(Bucket=bucket.name),
        "policy",
    ),
    case(
        "bucket",
        "raw-123456789012",
        lambda aws, bucket: aws.s3.put_bucket_ownership_controls(
            Bucket=bucket.name, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
        ),
        "ownership",
    ),
    case(
        "bucket",
        "raw-123456789012",
        lambda aws, bucket: aws.s3.delete_bucket_encryption(Bucket=bucket.name),
        "encryption",
    ),
    case(
        "bucket",
        "raw-123456789012",
        lambda aws, bucket: aws.s3.delete_bucket_tagging(Bucket=bucket.name),
        "tags",
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
    case("function permission", "api", permit_others, "principal", "source_arn"),
    case(
        "http api",
        "api",
        lambda aws, api: aws.apis.update_api(ApiId=api.id, Description="other"),
        "description",
    ),
    case(
        "api integration",
        "ingest",
        lambda aws, integration: aws.apis.update_integration(
            ApiId=integration.api.id, IntegrationId=integration.id, TimeoutInMillis=1000
        ),
        "timeout_seconds",
    ),
    case(
        "api route",
        "events",
        lambda aws, route: aws.apis.update_route(
            ApiId=route.api.id, RouteId=route.id, Target="integrations/x"
        ),
        "target",
    ),
    case(
        "api stage",
        "default",
        lambda aws, stage: aws.apis.update_stage(
            ApiId=stage.api.id,
            StageName="$default",
            DefaultRouteSettings={"ThrottlingBurstLimit": 5000, "ThrottlingRateLimit": 10000},
        ),
        "burst",
        "rate_per_second",
    ),
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
# Everything that can be set on a group is fixed: the plan blocks it (test_engine.py).
WITHOUT_UPDATE = {"security group"}


@pytest.fixture
def stack(settings: Settings, account: Account, small_zips: dict[str, FunctionZip]) -> list[Resource]:
    return build_stack(settings, account, small_zips)


def find(stack: list[Resource], settings: Settings, kind: str, name: str) -> Resource:
    wanted = identify(settings, name).name
    return next(part for part in stack if part.kind == kind and part.name.rpartition("/")[2] == wanted)


def needed_by(subject: Resource, stack: list[Resource]) -> list[Resource]:
    """What `subject` refers to, and what that refers to, in the stack's order."""
    seen: list[Resource] = []

    def visit(value: object) -> None:
        if isinstance(value, Resource) and not any(value is one for one in seen):
            seen.append(value)
            visit(tuple(vars(value).values()))
        elif isinstance(value, tuple):
            for item in value:
                visit(item)
        elif hasattr(value, "peer"):
            visit(value.peer)

    visit(subject)
    return [part for part in stack if any(part is one for one in seen) and part is not subject]


@pytest.mark.parametrize("wanted", CASES, ids=lambda one: f"{one.kind} {'+'.join(sorted(one.shown))}")
def test_a_thing_changed_behind_our_back_is_planned_and_put_right(
    wanted: Case, stack: list[Resource], settings: Settings, aws: Aws
) -> None:
    subject = find(stack, settings, wanted.kind, wanted.name)
    for part in needed_by(subject, stack):
        part.create(aws)
    assert subject.read(aws) is None

    subject.create(aws)
    assert subject.read(aws) == subject.wanted()
    assert engine.plan([subject], aws).is_empty

    wanted.drift(aws, subject)
    (change,) = engine.plan([subject], aws).changes
    assert (change.action, shown(change)) == ("update", wanted.shown)

    subject.update(aws, shown(change))
    assert subject.read(aws) == subject.wanted()

    subject.delete(aws)
    assert subject.read(aws) is None


@pytest.mark.parametrize("kind", sorted(type_.kind for type_ in ALL))
def test_every_resource_class_is_in_the_round_trip(kind: str) -> None:
    assert kind in {one.kind for one in CASES} | WITHOUT_UPDATE


def test_a_security_group_goes_round(stack: list[Resource], settings: Settings, aws: Aws) -> None:
    subject = find(stack, settings, "security group", "etl")
    for part in needed_by(subject, stack):
        part.create(aws)
    subject.create(aws)
    assert subject.read(aws) == subject.wanted()
    subject.delete(aws)
    assert subject.read(aws) is None


def shown(change: Change) -> frozenset[str]:
    return frozenset(setting.setting for setting in change.settings)


def test_tags_of_others_on_a_bucket_stay(stack: list[Resource], settings: Settings, aws: Aws) -> None:
    bucket = find(stack, settings, "bucket", "raw-123456789012")
    bucket.create(aws)
    aws.s3.put_bucket_tagging(Bucket=bucket.name, Tagging={"TagSet": [{"Key": "CostCentre", "Value": "42"}]})
    bucket.update(aws, {"tags"})
    tags = aws.s3.get_bucket_tagging(Bucket=bucket.name)["TagSet"]
    assert {"Key": "CostCentre", "Value": "42"} in tags
    assert engine.plan([bucket], aws).is_empty


def test_a_bucket_is_emptied_of_all_its_versions(
    stack: list[Resource], settings: Settings, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provision.resources.bucket.DELETE_AT_ONCE", 10)
    bucket = find(stack, settings, "bucket", "artifacts-123456789012")
    bucket.create(aws)
    for number in range(25):  # more than one call may list and delete
        aws.s3.put_object(Bucket=bucket.name, Key=f"{number:04}", Body=b"")
    aws.s3.put_object(Bucket=bucket.name, Key="0000", Body=b"again")
    aws.s3.delete_object(Bucket=bucket.name, Key="0001")
    bucket.delete(aws)
    assert bucket.read(aws) is None


def test_a_zip_is_uploaded_once(stack: list[Resource], settings: Settings, aws: Aws) -> None:
    function: Document = find(stack, settings, "function", "ingest")
    for part in needed_by(function, stack):
        part.create(aws)
    function.create(aws)
    function.update(aws, {"code_sha256"})
    versions = aws.s3.list_object_versions(Bucket=function.artifacts.name)["Versions"]
    assert [version["Key"] for version in versions] == [function.code_key]
