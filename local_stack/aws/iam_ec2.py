"""Names what an EC2 call acts on, and the tags that policies ask for. moto 5.2.5 knows neither.

Only the things of a network are named; every other EC2 call counts as `*`, as most describe calls do on AWS.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends

from local_stack.aws.moto_types import Moto

_THINGS = {
    "ami": "image",
    "fl": "vpc-flow-log",
    "i": "instance",
    "rtb": "route-table",
    "sg": "security-group",
    "subnet": "subnet",
    "vol": "volume",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}
_MADE_BY = {
    "CreateFlowLogs": ["vpc-flow-log"],
    "CreateRouteTable": ["route-table"],
    "CreateSecurityGroup": ["security-group"],
    "CreateSubnet": ["subnet"],
    "CreateVolume": ["volume"],
    "CreateVpc": ["vpc"],
    "CreateVpcEndpoint": ["vpc-endpoint"],
    "RunInstances": ["instance", "network-interface", "volume"],
}
# the describe calls that AWS judges by the thing they describe; of all others a policy can only say `*`
_DESCRIBE_ONE = {"DescribeInstanceAttribute", "DescribeVpcAttribute"}
_ID = re.compile(r"(ami|fl|i|rtb|sg|subnet|vol|vpc|vpce)-[0-9a-f]+")


def resources_of(operation: str, parameters: Mapping[str, Any], place: str) -> list[str]:
    """Return ARNs of what is made (ending in `/*`) and of every id that is a parameter of its own.

    `place` is `<region>:<account>`. Most describe calls name nothing; peers inside of rules are not acted on.
    """
    if operation.startswith("Describe") and operation not in _DESCRIBE_ONE:
        return []
    found = [f"arn:aws:ec2:{place}:{thing}/*" for thing in _MADE_BY.get(operation, [])]
    for key, value in parameters.items():
        named = _ID.fullmatch(str(value))
        if named and not key.startswith(("IpPermissions", "TagSpecification")):
            thing = _THINGS[named[1]]
            # images are public: their ARN has no account
            where = f"{place.partition(':')[0]}:" if thing == "image" else place
            found.append(f"arn:aws:ec2:{where}:{thing}/{value}")
    return found


def owner_of_association(account: str, region: str, association_id: str) -> str | None:
    """Return the id of the route table or instance that the association belongs to: AWS judges by that."""
    backend: Moto = ec2_backends[account][region]
    if association_id.startswith("iip-assoc-"):
        profiles = backend.iam_instance_profile_associations.values()
        return next((one.instance_id for one in profiles if one.association_id == association_id), None)
    tables: Moto = backend.route_tables
    return next((id_ for id_, table in tables.items() if association_id in table._associations), None)


def tags_of(resource: str, parameters: Mapping[str, Any], account: str, region: str) -> dict[str, str]:
    """Return the context keys of tags: asked for in the request, and live on the resource."""
    found = {}
    thing = resource.rpartition(":")[2].partition("/")[0]
    for key, name in parameters.items():
        part = re.fullmatch(r"((TagSpecification\.\d+\.)?Tag\.\d+)\.Key", key)
        # a call that makes several sorts of things has tags for each
        if part and (not part[2] or parameters.get(f"{part[2]}ResourceType") == thing):
            found[f"aws:requesttag/{name}".lower()] = str(parameters.get(f"{part[1]}.Value", ""))
    backend: Moto = ec2_backends[account][region]
    if thing == "image":
        image = backend.amis.get(resource.rpartition("/")[2])
        found["ec2:owner"] = image.owner_id if image else ""
    for key, value in backend.tags.get(resource.rpartition("/")[2], {}).items():
        found[f"aws:resourcetag/{key}".lower()] = value
    return found


def tags_of_host(resource: str, account: str, region: str) -> dict[str, str]:
    """Return the context keys of a host's tags under the names by which Session Manager knows them, too.

    AWS looks at a session's document only where a policy asks for it; here always, as ours do.
    """
    if ":instance/" not in resource:
        return {"ssm:sessiondocumentaccesscheck": "true"}
    found = tags_of(resource, {}, account, region)
    return {
        **found,
        **{key.replace("aws:resourcetag/", "ssm:resourcetag/"): value for key, value in found.items()},
        "ssm:sessiondocumentaccesscheck": "true",
    }


def role_of_profile(account: str, parameters: Mapping[str, Any]) -> str | None:
    """Return the ARN of the role that a call hands to EC2: by an instance profile, or into one."""
    if role := parameters.get("RoleName"):
        return f"arn:aws:iam::{account}:role/{role}"
    arn = str(parameters.get("IamInstanceProfile.Arn", ""))
    name = parameters.get("IamInstanceProfile.Name") or arn.rpartition("/")[2]
    profiles: Moto = iam_backends[account]["aws"].instance_profiles.values()
    roles = [role.arn for profile in profiles if profile.name == name for role in profile.roles]
    return roles[0] if roles else None
