"""Endpoints: the only ways out of the private subnets, each to one AWS service and as its policy allows."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import ClassVar

from provision import waiting
from provision.aws import Aws
from provision.errors import TransientError
from provision.normal_form import PolicyDocument, normal_policy, policy_text
from provision.resource import Document, LiveSettings, Resource, only_one
from provision.resources.ec2_tags import ec2_arn, tag_filters, tag_specifications
from provision.resources.network import RouteTable, Subnet, Vpc
from provision.resources.security_group import SecurityGroup

GONE = {"deleting", "deleted"}
CHANGE_TIMEOUT_SECONDS = 15 * 60  # an interface endpoint takes minutes


@dataclass(kw_only=True)
class Endpoint(Resource):
    """What both sorts have in common."""

    fixed: ClassVar[frozenset[str]] = frozenset({"vpc", "service"})

    vpc: Vpc
    service: str  # such as com.amazonaws.eu-central-1.s3
    policy: PolicyDocument

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {"vpc": self.vpc.id, "service": self.service, "policy": normal_policy(self.policy)}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        live = self._describe(aws)
        if live is None:
            return self.absent()
        self.id = live["VpcEndpointId"]
        self.arn = ec2_arn(aws.region, live["OwnerId"], "vpc-endpoint", self.id)
        return {
            "vpc": live["VpcId"],
            "service": live["ServiceName"],
            "policy": normal_policy(live["PolicyDocument"]),
        }

    def delete(self, aws: Aws) -> None:  # noqa: D102
        answer = aws.ec2.delete_vpc_endpoints(VpcEndpointIds=[self.id])
        if answer.get("Unsuccessful"):  # the call itself does not fail
            raise TransientError(
                f"The {self.kind} {self.name} must go, but AWS answers "
                f"{answer['Unsuccessful'][0].get('Error')}. Run the same command again."
            )
        self._wait_until(lambda: self._describe(aws, is_any_state=True) is None, "deleted")
        self.absent()

    def _wait_available(self, aws: Aws) -> None:
        self._wait_until(lambda: self._state(aws) == "available", "available")

    def _wait_until(self, is_done: Callable[[], bool], state: str) -> None:
        waiting.wait_until(
            is_done, f"{self.kind} {self.name} {state}", timeout_seconds=CHANGE_TIMEOUT_SECONDS
        )

    def _state(self, aws: Aws) -> str:
        live = self._describe(aws)
        return str(live["State"]).lower() if live else ""

    def _describe(self, aws: Aws, *, is_any_state: bool = False) -> Document:
        """The live endpoint; one that is on its way out counts only with `is_any_state`."""
        gone = {"deleted"} if is_any_state else GONE
        pages = aws.ec2.get_paginator("describe_vpc_endpoints").paginate(Filters=tag_filters(self.identity))
        found = (one for page in pages for one in page["VpcEndpoints"] if one["State"].lower() not in gone)
        return only_one(found, self)


@dataclass(kw_only=True)
class GatewayEndpoint(Endpoint):
    """A route from the tables' subnets to one AWS service, without any internet; free of charge."""

    kind: ClassVar[str] = "gateway endpoint"

    route_tables: tuple[RouteTable, ...]

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {**super().wanted(), "route_tables": sorted(table.id for table in self.route_tables)}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        live = super().read(aws)
        return live and {**live, "route_tables": sorted(self._describe(aws)["RouteTableIds"])}

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
        self._wait_available(aws)

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
        self._wait_available(aws)


@dataclass(kw_only=True)
class InterfaceEndpoint(Endpoint):
    """One AWS service at addresses of the VPC's own, by the hour; the service's usual name leads to them."""

    kind: ClassVar[str] = "interface endpoint"

    subnets: tuple[Subnet, ...]
    security_groups: tuple[SecurityGroup, ...]

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            **super().wanted(),
            "subnets": sorted(subnet.id for subnet in self.subnets),
            "security_groups": sorted(group.id for group in self.security_groups),
            "private_dns": True,
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        common = super().read(aws)
        return common and {**common, **_settings_of_live(self._describe(aws))}

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = aws.ec2.create_vpc_endpoint(
            VpcId=self.vpc.id,
            ServiceName=self.service,
            VpcEndpointType="Interface",
            SubnetIds=[subnet.id for subnet in self.subnets],
            SecurityGroupIds=[group.id for group in self.security_groups],
            PrivateDnsEnabled=True,
            PolicyDocument=policy_text(self.policy),
            TagSpecifications=tag_specifications("vpc-endpoint", self.identity),
        )["VpcEndpoint"]
        self.id = made["VpcEndpointId"]
        self._wait_available(aws)

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        live, wanted = _settings_of_live(self._describe(aws)), self.wanted()
        request: Document = {}
        for setting, parameter in (("subnets", "SubnetIds"), ("security_groups", "SecurityGroupIds")):
            if setting in changed:
                request[f"Add{parameter}"] = sorted(set(wanted[setting]) - set(live[setting]))
                request[f"Remove{parameter}"] = sorted(set(live[setting]) - set(wanted[setting]))
        if "private_dns" in changed:
            request["PrivateDnsEnabled"] = True
        if "policy" in changed:
            request["PolicyDocument"] = policy_text(self.policy)
        aws.ec2.modify_vpc_endpoint(VpcEndpointId=self.id, **request)
        self._wait_available(aws)


def _settings_of_live(live: Document) -> LiveSettings:
    """What only an interface endpoint has."""
    return {
        "subnets": sorted(live["SubnetIds"]),
        "security_groups": sorted(group["GroupId"] for group in live["Groups"]),
        "private_dns": live["PrivateDnsEnabled"],
    }
