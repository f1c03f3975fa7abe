"""A VPC in the emulated AWS for the hosts of one estate, without the rest of the platform.

Molecule's hosts get S3 and credentials by it in the way that the platform's do: through a gateway endpoint
with the product's policy, as the product's role of a host. Only what such a host speaks with is there.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3
from provision.aws import Account
from provision.normal_form import PolicyDocument
from provision.policies.hosts import host_policy, host_trust
from provision.policies.network import s3_endpoint_policy

from local_stack.hosts.estate import Estate, Host
from local_stack.state import StackState

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

DEBIAN_ACCOUNT = "136693071363"


def create(estate: Estate, stack: StackState, artifacts: str, backups: str) -> None:
    """Buckets, VPC, endpoint, a role a host and an instance a host are there."""
    session = boto3.Session(
        stack.aws_access_key_id, stack.aws_secret_access_key, region_name=stack.aws_region
    )
    s3 = session.client("s3", endpoint_url=stack.aws_endpoint_url)
    for bucket in (artifacts, backups):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    ec2 = session.client("ec2", endpoint_url=stack.aws_endpoint_url)
    vpc_id = ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
    account = Account(stack.aws_account_id, stack.aws_region, "")
    arns = [f"arn:aws:s3:::{name}" for name in (artifacts, backups)]
    subnets = _network(ec2, estate, vpc_id, s3_endpoint_policy(account, arns, arns[1]))
    iam = session.client("iam", endpoint_url=stack.aws_endpoint_url)
    image = ec2.describe_images(Owners=[DEBIAN_ACCOUNT])["Images"][0]["ImageId"]
    for host in estate.hosts:
        if host.role:
            role = f"{estate.name}-{host.name}"
            policy = host_policy(host.role, arns[1] if host.volumes else None)
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(host_trust()))
            iam.put_role_policy(RoleName=role, PolicyName="host", PolicyDocument=json.dumps(policy))
            iam.create_instance_profile(InstanceProfileName=role)
            iam.add_role_to_instance_profile(InstanceProfileName=role, RoleName=role)
        _run(ec2, estate, host, subnets, image)


def _network(ec2: EC2Client, estate: Estate, vpc_id: str, policy: PolicyDocument) -> dict[str, str]:
    """Return the ids of the subnets by their network; a table of routes leads from all to the endpoint."""
    table = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    made = {}
    for cidr in estate.subnets:
        subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock=cidr)["Subnet"]["SubnetId"]
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
        made[cidr] = subnet
    ec2.create_vpc_endpoint(
        VpcId=vpc_id,
        ServiceName=f"com.amazonaws.{estate.region}.s3",
        VpcEndpointType="Gateway",
        RouteTableIds=[table],
        PolicyDocument=json.dumps(policy),
    )
    return made


def _run(ec2: EC2Client, estate: Estate, host: Host, subnets: dict[str, str], image: str) -> None:
    profile = {"IamInstanceProfile": {"Name": f"{estate.name}-{host.name}"}} if host.role else {}
    ec2.run_instances(
        ImageId=image,
        MinCount=1,
        MaxCount=1,
        SubnetId=subnets[str(estate.subnet_of(host.address))],
        PrivateIpAddress=host.address,
        **profile,  # type: ignore[arg-type]  # the stubs want every key of it named here
    )
