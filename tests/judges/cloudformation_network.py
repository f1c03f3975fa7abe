"""The network's parts as CloudFormation has them."""

from __future__ import annotations

from typing import Any

from provision.resource import Resource
from provision.resources import (
    FlowLog,
    GatewayEndpoint,
    InterfaceEndpoint,
    LogGroup,
    RouteTable,
    SecurityGroup,
    SecurityGroupRules,
    Subnet,
    Vpc,
)
from provision.resources.security_group import Rule

from tests.judges.rendering import Rendered, Renderer, named_tags, tags


def _vpc(part: Vpc) -> list[Rendered]:
    live = part.wanted()
    properties = {
        "CidrBlock": live["cidr"],
        "EnableDnsSupport": live["dns_support"],
        "EnableDnsHostnames": live["dns_hostnames"],
        "Tags": named_tags(part),
    }
    return [Rendered("AWS::EC2::VPC", properties)]


def _subnet(part: Subnet) -> list[Rendered]:
    live = part.wanted()
    properties = {
        "VpcId": live["vpc"],
        "CidrBlock": live["cidr"],
        "AvailabilityZone": live["availability_zone"],
        "MapPublicIpOnLaunch": live["public_addresses"],
        "Tags": named_tags(part),
    }
    return [Rendered("AWS::EC2::Subnet", properties)]


def _route_table(part: RouteTable) -> list[Rendered]:
    live = part.wanted()
    associations = [
        Rendered("AWS::EC2::SubnetRouteTableAssociation", {"RouteTableId": part.id, "SubnetId": subnet})
        for subnet in live["subnets"]
    ]
    table = Rendered("AWS::EC2::RouteTable", {"VpcId": live["vpc"], "Tags": named_tags(part)})
    return [table, *associations]


def _gateway_endpoint(part: GatewayEndpoint) -> list[Rendered]:
    live = part.wanted()
    properties = {
        "VpcEndpointType": "Gateway",
        "VpcId": live["vpc"],
        "ServiceName": live["service"],
        "RouteTableIds": live["route_tables"],
        "PolicyDocument": live["policy"],
    }
    return [Rendered("AWS::EC2::VPCEndpoint", properties)]


def _interface_endpoint(part: InterfaceEndpoint) -> list[Rendered]:
    live = part.wanted()
    properties = {
        "VpcEndpointType": "Interface",
        "VpcId": live["vpc"],
        "ServiceName": live["service"],
        "SubnetIds": live["subnets"],
        "SecurityGroupIds": live["security_groups"],
        "PrivateDnsEnabled": live["private_dns"],
        "PolicyDocument": live["policy"],
    }
    return [Rendered("AWS::EC2::VPCEndpoint", properties)]


def _flow_log(part: FlowLog) -> list[Rendered]:
    live = part.wanted()
    properties = {
        "ResourceType": "VPC",
        "ResourceId": live["vpc"],
        "TrafficType": live["traffic"],
        "LogDestinationType": "cloud-watch-logs",
        "LogGroupName": live["log_group"],
        "DeliverLogsPermissionArn": live["role"],
        "MaxAggregationInterval": live["aggregation_seconds"],
        "Tags": named_tags(part),
    }
    return [Rendered("AWS::EC2::FlowLog", properties)]


def _log_group(part: LogGroup) -> list[Rendered]:
    properties = {
        "LogGroupName": part.name,
        "RetentionInDays": part.wanted()["retention_days"],
        "Tags": tags(part),
    }
    return [Rendered("AWS::Logs::LogGroup", properties)]


def _security_group(part: SecurityGroup) -> list[Rendered]:
    live = part.wanted()
    properties = {
        "GroupName": part.name,
        "GroupDescription": live["description"],
        "VpcId": live["vpc"],
        "Tags": tags(part),
    }
    return [Rendered("AWS::EC2::SecurityGroup", properties)]


def _security_group_rules(part: SecurityGroupRules) -> list[Rendered]:
    """A group without rules is nothing to CloudFormation."""
    return [
        *(Rendered("AWS::EC2::SecurityGroupIngress", _rule(part, one, "Source")) for one in part.ingress),
        *(Rendered("AWS::EC2::SecurityGroupEgress", _rule(part, one, "Destination")) for one in part.egress),
    ]


def _rule(part: SecurityGroupRules, rule: Rule, side: str) -> dict[str, Any]:
    peer = (
        {f"{side}SecurityGroupId": rule.peer.id}
        if isinstance(rule.peer, SecurityGroup)
        else {f"{side}PrefixListId": rule.peer}
    )
    return {
        "GroupId": part.group.id,
        "IpProtocol": "tcp",
        "FromPort": rule.port,
        "ToPort": rule.port,
        **peer,
    }


RENDERERS: dict[type[Resource], Renderer] = {
    Vpc: _vpc,
    Subnet: _subnet,
    RouteTable: _route_table,
    GatewayEndpoint: _gateway_endpoint,
    InterfaceEndpoint: _interface_endpoint,
    FlowLog: _flow_log,
    LogGroup: _log_group,
    SecurityGroup: _security_group,
    SecurityGroupRules: _security_group_rules,
}
