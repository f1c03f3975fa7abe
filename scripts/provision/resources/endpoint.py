"""The gateway endpoint: the only way out of the private subnets, and only to what its policy names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from provision import waiting
from provision.aws import Aws
from provision.normal_form import PolicyDocument, normal_policy, policy_text
from provision.resource import Document, LiveSettings, Resource, only_one
from provision.resources.ec2_tags import ec2_arn, tag_filters, tag_specifications
from provision.resources.network import RouteTable, Vpc

GONE = {"deleting", "deleted"}


@dataclass(kw_only=True)
class GatewayEndpoint(Resource):
    """A route from the tables' subnets to one AWS service, without any internet; free of charge."""

    kind: ClassVar[str] = "gateway endpoint"
    fixed: ClassVar[frozenset[str]] = frozenset({"vpc", "service"})

    vpc: Vpc
    service: str  # such as com.amazonaws.eu-central-1.s3
    route_tables: tuple[RouteTable, ...]
    policy: PolicyDocument

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "vpc": self.vpc.id,
            "service": self.service,
            "route_tables": sorted(table.id for table in self.route_tables),
            "policy": normal_policy(self.policy),
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        live = self._describe(aws)
        if live is None:
            return self.absent()
        self.id = live["VpcEndpointId"]
        self.arn = ec2_arn(aws.region, live["OwnerId"], "vpc-endpoint", self.id)
        return {
            "vpc": live["VpcId"],
            "service": live["ServiceName"],
            "route_tables": sorted(live["RouteTableIds"]),
            "policy": normal_policy(live["PolicyDocument"]),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = aws.ec2.create_vpc_endpoint(
            VpcId=self.vpc.id,
            ServiceName=self.service,
            VpcEndpointType="Gateway",
            RouteTableIds=[table.id for table in self.route_tables],
            PolicyDocument=policy_text(self.policy),
            TagSpecifications=tag_specifications("vpc-endpoint", self.identity),
        )["VpcEndpoint"]
        self.id = made["VpcEndpointId"]
        waiting.wait_until(lambda: self._state(aws) == "available", f"{self.kind} {self.name} available")

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        if "policy" in changed:
            aws.ec2.modify_vpc_endpoint(VpcEndpointId=self.id, PolicyDocument=policy_text(self.policy))
        if "route_tables" in changed:
            live = set(self._describe(aws)["RouteTableIds"])
            wanted = {table.id for table in self.route_tables}
            aws.ec2.modify_vpc_endpoint(
                VpcEndpointId=self.id,
                AddRouteTableIds=sorted(wanted - live),
                RemoveRouteTableIds=sorted(live - wanted),
            )
        waiting.wait_until(lambda: self._state(aws) == "available", f"{self.kind} {self.name} available")

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[self.id])
        waiting.wait_until(lambda: self._describe(aws) is None, f"{self.kind} {self.name} deleted")
        self.absent()

    def _state(self, aws: Aws) -> str:
        live = self._describe(aws)
        return str(live["State"]).lower() if live else ""

    def _describe(self, aws: Aws) -> Document:
        pages = aws.ec2.get_paginator("describe_vpc_endpoints").paginate(Filters=tag_filters(self.identity))
        return only_one(
            (found for page in pages for found in page["VpcEndpoints"] if found["State"].lower() not in GONE),
            self,
        )
