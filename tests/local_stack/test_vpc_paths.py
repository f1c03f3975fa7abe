"""A function in a VPC reaches S3 through its subnet's gateway endpoint; the endpoint's policy counts, too."""

import json
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from local_stack.edge.services import Services
from tests.local_stack.estate import Estate, allow, policy

SOURCE = """
import boto3
def handle(event, context):
    s3 = boto3.client("s3")
    try:
        s3.put_object(Bucket=event["bucket"], Key="a", Body=b"1")
    except s3.exceptions.ClientError as error:
        return error.response["Error"]["Code"]
    return "allowed"
"""


class Place(NamedTuple):
    """A function in a VPC, the endpoint of its subnet, and a bucket that the endpoint's policy names."""

    function: str
    role: str
    endpoint: str
    vpc: str
    bucket: str


@pytest.fixture
def place(estate: Estate) -> Place:
    bucket, ec2, functions = estate.bucket(), estate.client("ec2"), estate.client("lambda")
    vpc = ec2.create_vpc(CidrBlock="10.77.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.77.1.0/24")["Subnet"]["SubnetId"]
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    association = ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)["AssociationId"]
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{estate.stack.aws_region}.s3",
        VpcEndpointType="Gateway",
        RouteTableIds=[table],
        PolicyDocument=policy(named(bucket)),
    )["VpcEndpoint"]["VpcEndpointId"]
    for undo in (
        lambda: ec2.delete_vpc(VpcId=vpc),
        lambda: ec2.delete_subnet(SubnetId=subnet),
        lambda: ec2.delete_route_table(RouteTableId=table),
        lambda: ec2.disassociate_route_table(AssociationId=association),
        lambda: ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint]),
    ):
        estate.after(undo)
    function = estate.function(
        SOURCE,
        allow(["s3:*"], ["*"]),
        VpcConfig={"SubnetIds": [subnet], "SecurityGroupIds": []},
    )
    role = functions.get_function_configuration(FunctionName=function)["Role"]
    return Place(function, role, endpoint, vpc, bucket)


def named(bucket: str) -> dict[str, object]:
    """The endpoint lets through what goes to one bucket of the account."""
    return {
        **allow(["s3:GetObject", "s3:PutObject"], [f"arn:aws:s3:::{bucket}/*"]),
        "Principal": "*",
        "Condition": {"StringEquals": {"aws:ResourceAccount": "123456789012"}},
    }


def session(estate: Estate, place: Place, name: str) -> Any:
    """S3 with credentials that Lambda handed out under a name: the function's own, or another."""
    arn = f"arn:aws:lambda:{estate.stack.aws_region}:123456789012:function:{place.function}"
    made: Any = Services(estate.stack).role_session(place.role, "lambda.amazonaws.com", name, arn)
    return made.client("s3", endpoint_url=estate.stack.aws_endpoint_url)


def is_refused(s3: Any, bucket: str) -> bool:
    try:
        s3.put_object(Bucket=bucket, Key="a", Body=b"1")
    except ClientError as error:
        return error.response["Error"]["Code"] == "AccessDenied"
    return False


def deny_unless(bucket: str, **condition: object) -> str:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Condition": condition}
    return json.dumps(
        {"Version": "2012-10-17", "Statement": {**statement, "Resource": f"arn:aws:s3:::{bucket}/*"}}
    )


@pytest.mark.parametrize("key", ["aws:SourceVpce", "aws:SourceVpc"])
def test_only_the_functions_own_calls_come_through_its_endpoint(
    key: str, estate: Estate, place: Place
) -> None:
    wanted = {"aws:SourceVpce": place.endpoint, "aws:SourceVpc": place.vpc}[key]
    document = deny_unless(
        place.bucket, StringNotEquals={key: wanted}, ArnEquals={"aws:PrincipalArn": place.role}
    )
    estate.client("s3").put_bucket_policy(Bucket=place.bucket, Policy=document)
    assert not is_refused(session(estate, place, place.function), place.bucket)
    assert is_refused(session(estate, place, "elsewhere"), place.bucket)
    assert not is_refused(estate.client("s3"), place.bucket)


def test_an_address_is_not_seen_behind_an_endpoint(estate: Estate, place: Place) -> None:
    document = deny_unless(place.bucket, Null={"aws:SourceIp": "true"})
    estate.client("s3").put_bucket_policy(Bucket=place.bucket, Policy=document)
    assert is_refused(session(estate, place, place.function), place.bucket)
    assert not is_refused(session(estate, place, "elsewhere"), place.bucket)


def test_what_the_endpoints_policy_does_not_name_is_not_let_through(estate: Estate, place: Place) -> None:
    other = estate.bucket()
    assert is_refused(session(estate, place, place.function), other)
    assert not is_refused(session(estate, place, "elsewhere"), other)


def test_the_functions_code_itself_goes_through_the_endpoint(estate: Estate, place: Place) -> None:
    """With the session that the executor gave it, not one made by hand."""
    document = deny_unless(place.bucket, StringNotEquals={"aws:SourceVpce": place.endpoint})
    estate.client("s3").put_bucket_policy(Bucket=place.bucket, Policy=document)
    assert estate.invoke(place.function, {"bucket": place.bucket}) == ("allowed", None)
    assert estate.invoke(place.function, {"bucket": estate.bucket()}) == ("AccessDenied", None)
