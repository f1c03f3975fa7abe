"""VPC, subnets and route tables."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from provision import waiting
from provision.aws import Aws
from provision.resource import Document, LiveSettings, Resource, only_one
from provision.resources.ec2_tags import ec2_arn, tag_filters, tag_specifications


@dataclass(kw_only=True)
class Vpc(Resource):
    """A private network; with DNS, because S3's and the hosts' names must resolve in it."""

    kind: ClassVar[str] = "vpc"
    fixed: ClassVar[frozenset[str]] = frozenset({"cidr"})

    cidr: str

    def wanted(self) -> LiveSettings:  # noqa: D102 - the four verbs are explained once, in resource.py
        return {"cidr": self.cidr, "dns_support": True, "dns_hostnames": True}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        pages = aws.ec2.get_paginator("describe_vpcs").paginate(Filters=tag_filters(self.identity))
        live = only_one((vpc for page in pages for vpc in page["Vpcs"]), self)
        if live is None:
            return self.absent()
        self._found(live["VpcId"], live["OwnerId"], aws)
        support = aws.ec2.describe_vpc_attribute(VpcId=self.id, Attribute="enableDnsSupport")
        hostnames = aws.ec2.describe_vpc_attribute(VpcId=self.id, Attribute="enableDnsHostnames")
        return {
            "cidr": live["CidrBlock"],
            "dns_support": support["EnableDnsSupport"].get("Value"),
            "dns_hostnames": hostnames["EnableDnsHostnames"].get("Value"),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = aws.ec2.create_vpc(
            CidrBlock=self.cidr, TagSpecifications=tag_specifications("vpc", self.identity)
        )["Vpc"]
        self._found(made["VpcId"], made["OwnerId"], aws)
        aws.ec2.get_waiter("vpc_exists").wait(VpcIds=[self.id])
        aws.ec2.get_waiter("vpc_available").wait(VpcIds=[self.id])
        self.update(aws, {"dns_support", "dns_hostnames"})

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        # AWS takes one attribute per call, and hostnames only where DNS is supported.
        if "dns_support" in changed:
            aws.ec2.modify_vpc_attribute(VpcId=self.id, EnableDnsSupport={"Value": True})
        if "dns_hostnames" in changed:
            aws.ec2.modify_vpc_attribute(VpcId=self.id, EnableDnsHostnames={"Value": True})

    def delete(self, aws: Aws) -> None:  # noqa: D102
        waiting.retry_while(waiting.is_in_use, lambda: aws.ec2.delete_vpc(VpcId=self.id))
        self.absent()

    def _found(self, vpc_id: str, owner_id: str, aws: Aws) -> None:
        self.id, self.arn = vpc_id, ec2_arn(aws.region, owner_id, "vpc", vpc_id)


@dataclass(kw_only=True)
class Subnet(Resource):
    """A part of the VPC in one availability zone; never gives out public addresses."""

    kind: ClassVar[str] = "subnet"
    fixed: ClassVar[frozenset[str]] = frozenset({"vpc", "cidr", "availability_zone"})

    vpc: Vpc
    cidr: str
    availability_zone: str

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "vpc": self.vpc.id,
            "cidr": self.cidr,
            "availability_zone": self.availability_zone,
            "public_addresses": False,
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        pages = aws.ec2.get_paginator("describe_subnets").paginate(Filters=tag_filters(self.identity))
        live = only_one((subnet for page in pages for subnet in page["Subnets"]), self)
        if live is None:
            return self.absent()
        self.id, self.arn = live["SubnetId"], live["SubnetArn"]
        return {
            "vpc": live["VpcId"],
            "cidr": live["CidrBlock"],
            "availability_zone": live["AvailabilityZone"],
            "public_addresses": live["MapPublicIpOnLaunch"],
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = aws.ec2.create_subnet(
            VpcId=self.vpc.id,
            CidrBlock=self.cidr,
            AvailabilityZone=self.availability_zone,
            TagSpecifications=tag_specifications("subnet", self.identity),
        )["Subnet"]
        self.id, self.arn = made["SubnetId"], made["SubnetArn"]
        aws.ec2.get_waiter("subnet_available").wait(SubnetIds=[self.id])

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: ARG002, D102 - one setting can change
        aws.ec2.modify_subnet_attribute(SubnetId=self.id, MapPublicIpOnLaunch={"Value": False})

    def delete(self, aws: Aws) -> None:  # noqa: D102
        waiting.retry_while(
            waiting.is_in_use,
            lambda: aws.ec2.delete_subnet(SubnetId=self.id),
            timeout_seconds=waiting.INTERFACE_RELEASE_TIMEOUT_SECONDS,
            delay_seconds=15,
        )
        self.absent()


@dataclass(kw_only=True)
class RouteTable(Resource):
    """Where its subnets' packets may go: inside the VPC and through gateway endpoints, nowhere else."""

    kind: ClassVar[str] = "route table"
    fixed: ClassVar[frozenset[str]] = frozenset({"vpc"})

    vpc: Vpc
    subnets: tuple[Subnet, ...]

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "vpc": self.vpc.id,
            "subnets": sorted(subnet.id for subnet in self.subnets),
            "other_routes": [],
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        live = self._describe(aws)
        if live is None:
            return self.absent()
        self.id, self.arn = (
            live["RouteTableId"],
            ec2_arn(aws.region, live["OwnerId"], "route-table", live["RouteTableId"]),
        )
        return {
            "vpc": live["VpcId"],
            "subnets": sorted(_associations(live)),
            "other_routes": sorted(
                route["DestinationCidrBlock"] for route in live["Routes"] if _leads_out(route)
            ),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = aws.ec2.create_route_table(
            VpcId=self.vpc.id, TagSpecifications=tag_specifications("route-table", self.identity)
        )["RouteTable"]
        self.id = made["RouteTableId"]
        waiting.wait_until(lambda: self._describe(aws) is not None, f"{self.kind} {self.name} visible")
        self.update(aws, {"subnets"})

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        live: Any = self._describe(aws)
        if "subnets" in changed:
            wanted, associations = {subnet.id for subnet in self.subnets}, _associations(live)
            for subnet_id in associations.keys() - wanted:
                aws.ec2.disassociate_route_table(AssociationId=associations[subnet_id])
            for subnet_id in sorted(wanted - associations.keys()):
                aws.ec2.associate_route_table(RouteTableId=self.id, SubnetId=subnet_id)
        if "other_routes" in changed:
            for route in filter(_leads_out, live["Routes"]):
                aws.ec2.delete_route(RouteTableId=self.id, DestinationCidrBlock=route["DestinationCidrBlock"])

    def delete(self, aws: Aws) -> None:  # noqa: D102
        for association_id in _associations(self._describe(aws)).values():
            aws.ec2.disassociate_route_table(AssociationId=association_id)
        waiting.retry_while(waiting.is_in_use, lambda: aws.ec2.delete_route_table(RouteTableId=self.id))
        self.absent()

    def _describe(self, aws: Aws) -> Document:
        pages = aws.ec2.get_paginator("describe_route_tables").paginate(Filters=tag_filters(self.identity))
        return only_one((table for page in pages for table in page["RouteTables"]), self)


def _associations(table: Document) -> dict[str, str]:
    """Of each associated subnet: the association's id."""
    return {
        association["SubnetId"]: association["RouteTableAssociationId"]
        for association in table["Associations"]
        if "SubnetId" in association
    }


def _leads_out(route: Document) -> bool:
    """Whether a route goes anywhere but into the VPC or through a gateway endpoint (which has no CIDR)."""
    return route.get("GatewayId") != "local" and "DestinationCidrBlock" in route
