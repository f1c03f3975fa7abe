"""The network part of the stack: two private subnets, S3 as the only way out, and who may talk with whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from provision.aws import Account
from provision.identity import identify
from provision.logs import log_group
from provision.policies import network as policies
from provision.resource import Resource
from provision.resources import (
    Bucket,
    DefaultSecurityGroup,
    FlowLog,
    GatewayEndpoint,
    InterfaceEndpoint,
    Role,
    RouteTable,
    SecurityGroup,
    SecurityGroupRules,
    Subnet,
    Vpc,
)
from provision.resources.security_group import Rule
from provision.settings import Settings

POSTGRESQL_PORT, HTTPS_PORT = 5432, 443
HOSTS = ("oltp", "warehouse", "dashboards")
# The agent from 3.3.40.0 on takes its commands over ssmmessages and needs no ec2messages.
# https://github.com/aws/amazon-ssm-agent/blob/mainline/RELEASENOTES.md
SESSION_MANAGER_SERVICES = ("ssm", "ssmmessages")


@dataclass(frozen=True)
class Network:
    """What the rest of the stack refers to, and all of it in the order in which it is made."""

    vpc: Vpc
    oltp_subnet: Subnet
    analytics_subnet: Subnet
    s3_endpoint: GatewayEndpoint
    groups: Mapping[str, SecurityGroup]  # by who is in it
    resources: tuple[Resource, ...]


def build_network(
    settings: Settings, account: Account, reachable: Sequence[Bucket], backups: Bucket
) -> Network:
    """The network; of the buckets only the `reachable` ones can be spoken to from inside."""

    def subnet(what: str, cidr: str) -> Subnet:
        return Subnet(
            identity=identify(settings, what),
            vpc=vpc,
            cidr=cidr,
            availability_zone=settings.availability_zone,
        )

    vpc = Vpc(identity=identify(settings, "vpc"), cidr=settings.vpc_cidr)
    default_group = DefaultSecurityGroup(identity=identify(settings, "default"), vpc=vpc)
    oltp, analytics = (
        subnet("oltp", settings.oltp_subnet_cidr),
        subnet("analytics", settings.analytics_subnet_cidr),
    )
    routes = RouteTable(identity=identify(settings, "private"), vpc=vpc, subnets=(oltp, analytics))
    s3 = GatewayEndpoint(
        identity=identify(settings, "s3"),
        vpc=vpc,
        service=f"com.amazonaws.{account.region}.s3",
        route_tables=(routes,),
        policy=policies.s3_endpoint_policy(
            account, [bucket.planned_arn for bucket in reachable], backups.planned_arn
        ),
    )
    groups = _groups(settings, vpc)
    resources = (
        *(vpc, default_group, *_flow_logs(settings, account, vpc)),
        *(oltp, analytics, routes, s3),
        *(*groups.values(), *_rules(settings, account, groups)),
        *_session_manager(settings, account, analytics, groups),
    )
    return Network(vpc, oltp, analytics, s3, groups, resources)


def _flow_logs(settings: Settings, account: Account, vpc: Vpc) -> list[Resource]:
    """Who spoke with whom, and who was refused: kept as long as the other logs."""
    identity = identify(settings, "flow-logs")
    log = log_group(settings, "/aws/vpc", "flow-logs")
    role = Role(
        identity=identity,
        trust=policies.flow_logs_trust(account),
        policy=policies.flow_logs_policy(account, log.name),
    )
    return [log, role, FlowLog(identity=identity, vpc=vpc, log_group=log, role=role)]


def _groups(settings: Settings, vpc: Vpc) -> dict[str, SecurityGroup]:
    # EC2 takes letters, digits and some signs in a description, and an apostrophe is none of them
    described = {
        "oltp": "Hosts of the shop and its transactions",
        "warehouse": "Hosts of the warehouse",
        "dashboards": "Hosts of the dashboards",
        "etl": "The ETL function",
        "shop": "The function of the shop",
    }
    if settings.spark_enabled:
        described["spark"] = "Spark jobs"
    if settings.session_manager_endpoints:
        described["endpoints"] = "Endpoints of Session Manager"
    return {
        who: SecurityGroup(identity=identify(settings, who), vpc=vpc, description=description)
        for who, description in described.items()
    }


def _rules(
    settings: Settings, account: Account, groups: Mapping[str, SecurityGroup]
) -> list[SecurityGroupRules]:
    """Who may talk with whom; everyone with S3, where packages, logins and data lie."""

    def rules(who: str, *, callers: Sequence[str] = (), egress: Sequence[Rule] = ()) -> SecurityGroupRules:
        return SecurityGroupRules(
            identity=identify(settings, who),
            group=groups[who],
            ingress=tuple(Rule(POSTGRESQL_PORT, groups[caller]) for caller in callers),
            egress=(*egress, Rule(HTTPS_PORT, account.s3_prefix_list_id)),
        )

    to_oltp, to_warehouse = (Rule(POSTGRESQL_PORT, groups[who]) for who in ("oltp", "warehouse"))
    endpoints = groups.get("endpoints")
    spark = ("spark",) if "spark" in groups else ()
    to_endpoints = (Rule(HTTPS_PORT, endpoints),) if endpoints else ()
    found = [
        rules("oltp", callers=("shop", "etl"), egress=to_endpoints),
        rules("warehouse", callers=("etl", "dashboards", *spark), egress=to_endpoints),
        rules("dashboards", egress=(to_warehouse, *to_endpoints)),
        rules("etl", egress=(to_warehouse, to_oltp)),
        rules("shop", egress=(to_oltp,)),
        *(rules(who, egress=(to_warehouse,)) for who in spark),
    ]
    if endpoints:
        from_hosts = tuple(Rule(HTTPS_PORT, groups[host]) for host in HOSTS)
        found.append(
            SecurityGroupRules(identity=identify(settings, "endpoints"), group=endpoints, ingress=from_hosts)
        )
    return found


def _session_manager(
    settings: Settings, account: Account, subnet: Subnet, groups: Mapping[str, SecurityGroup]
) -> list[InterfaceEndpoint]:
    """The way of operators to the hosts, without a port open to anyone; in one zone, as the hosts are."""
    if not settings.session_manager_endpoints:
        return []
    return [
        InterfaceEndpoint(
            identity=identify(settings, service),
            vpc=subnet.vpc,
            service=f"com.amazonaws.{account.region}.{service}",
            subnets=(subnet,),
            security_groups=(groups["endpoints"],),
            policy=policies.session_manager_endpoint_policy(account, service),
        )
        for service in SESSION_MANAGER_SERVICES
    ]
