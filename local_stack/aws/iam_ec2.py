"""Names what an EC2 call acts on, and the tags that policies ask for. moto 5.2.5 knows neither.

Only the things of a network are named; every other EC2 call counts as `*`, as most describe calls do on AWS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from moto.ec2.models import ec2_backends

from local_stack.aws.moto_types import Moto

_THINGS = {
    "fl": "vpc-flow-log",
    "rtb": "route-table",
    "sg": "security-group",
    "subnet": "subnet",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
_MADE_BY = {
    "CreateFlowLogs": "vpc-flow-log",
    "CreateRouteTable": "route-table",
    "CreateSecurityGroup": "security-group",
    "CreateSubnet": "subnet",
    "CreateVpc": "vpc",
    "CreateVpcEndpoint": "vpc-endpoint",
}
# the describe calls that AWS judges by the thing they describe; of all others a policy can only say `*`
_DESCRIBE_ONE = {"DescribeVpcAttribute"}
_ID = re.compile(r"(fl|rtb|sg|subnet|vpc|vpce)-[0-9a-f]+")


def resources_of(operation: str, parameters: Mapping[str, Any], place: str) -> list[str]:
    """Return ARNs of what is made (ending in `/*`) and of every id that is a parameter of its own.

    `place` is `<region>:<account>`. Most describe calls name nothing; peers inside of rules are not acted on.
    """
    if operation.startswith("Describe") and operation not in _DESCRIBE_ONE:
        return []
    found = [f"arn:aws:ec2:{place}:{_MADE_BY[operation]}/*"] if operation in _MADE_BY else []
    for key, value in parameters.items():
        named = _ID.fullmatch(str(value))
        if named and not key.startswith(("IpPermissions", "TagSpecification")):
            found.append(f"arn:aws:ec2:{place}:{_THINGS[named[1]]}/{value}")
    return found


def owner_of_association(account: str, region: str, association_id: str) -> str | None:
    """Return the id of the route table that the association belongs to: AWS judges by the table."""
    tables: Moto = ec2_backends[account][region].route_tables
    return next((id_ for id_, table in tables.items() if association_id in table._associations), None)


def tags_of(resource: str, parameters: Mapping[str, Any], account: str, region: str) -> dict[str, str]:
    """Return the context keys of tags: asked for in the request, and live on the resource."""
    found = {}
    for key, name in parameters.items():
        part = re.fullmatch(r"((?:TagSpecification\.\d+\.)?Tag\.\d+)\.Key", key)
        if part:
            found[f"aws:requesttag/{name}".lower()] = str(parameters.get(f"{part[1]}.Value", ""))
    backend: Moto = ec2_backends[account][region]
    for key, value in backend.tags.get(resource.rpartition("/")[2], {}).items():
        found[f"aws:resourcetag/{key}".lower()] = value
    return found
