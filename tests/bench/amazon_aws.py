"""The same things as tasks of Ansible's own modules: amazon.aws, and community.aws for lifecycles.

The tasks are written down from the stack itself, so that both sides are asked for the same.
"""

from __future__ import annotations

import json
from typing import Any

from provision.normal_form import policy_text
from provision.resource import UNKNOWN, Document, Resource
from provision.resources import (
    Bucket,
    BucketPolicy,
    GatewayEndpoint,
    Role,
    RouteTable,
    SecurityGroup,
    SecurityGroupRules,
    Subnet,
    Vpc,
)
from provision.resources.security_group import Rule

Task = dict[str, Any]
KINDS = (
    *(Vpc, Subnet, RouteTable, GatewayEndpoint, SecurityGroup, SecurityGroupRules),
    *(Bucket, BucketPolicy, Role),
)
MADE = {
    Vpc: "{{ vpc.vpc.id }}",
    Subnet: "{{ SUBNET.subnet.id }}",
    GatewayEndpoint: "{{ s3_endpoint.result.vpc_endpoint_id }}",
}


def playbook(parts: list[Resource], region: str) -> str:
    """A playbook that makes the parts; JSON is YAML."""
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
        "module_defaults": {
            "group/amazon.aws.aws": {"region": region},
            "group/community.aws.aws": {"region": region},
        },
        "tasks": [task for part in parts for task in tasks_of(part)],
    }
    return json.dumps([play], indent=1)


def tasks_of(part: Resource) -> list[Task]:
    """What makes one part."""
    makers: dict[type[Resource], Any] = {
        Vpc: _vpc,
        Subnet: _subnet,
        RouteTable: _route_table,
        GatewayEndpoint: _endpoint,
        SecurityGroup: _group,
        SecurityGroupRules: _rules,
        Bucket: _bucket,
        BucketPolicy: _bucket_policy,
        Role: _role,
    }
    tasks: list[Task] = makers[type(part)](part)
    return tasks


def _word(part: Resource) -> str:
    """A variable's name for what a task made."""
    return part.name.replace("-", "_")


def _vpc(part: Vpc) -> list[Task]:
    settings = {"name": part.name, "cidr_block": part.cidr, "tags": part.identity.tags}
    return [{"amazon.aws.ec2_vpc_net": settings, "register": "vpc"}]


def _subnet(part: Subnet) -> list[Task]:
    settings = {
        "vpc_id": MADE[Vpc],
        "cidr": part.cidr,
        "az": part.availability_zone,
        "tags": {**part.identity.tags, "Name": part.name},
    }
    return [{"amazon.aws.ec2_vpc_subnet": settings, "register": _word(part)}]


def _route_table(part: RouteTable) -> list[Task]:
    settings = {
        "vpc_id": MADE[Vpc],
        "subnets": [MADE[Subnet].replace("SUBNET", _word(subnet)) for subnet in part.subnets],
        "tags": {**part.identity.tags, "Name": part.name},
    }
    return [{"amazon.aws.ec2_vpc_route_table": settings, "register": "route_table"}]


def _endpoint(part: GatewayEndpoint) -> list[Task]:
    settings = {
        "vpc_id": MADE[Vpc],
        "service": part.service,
        "route_table_ids": ["{{ route_table.route_table.id }}"],
        "policy": policy_text(part.policy),
        "tags": {**part.identity.tags, "Name": part.name},
    }
    return [{"amazon.aws.ec2_vpc_endpoint": settings, "register": "s3_endpoint"}]


def _group(part: SecurityGroup) -> list[Task]:
    settings = {
        "vpc_id": MADE[Vpc],
        "name": part.name,
        "description": part.description,
        "purge_rules": False,  # the rules have a task of their own: groups name each other
        "purge_rules_egress": False,
        "tags": {**part.identity.tags, "Name": part.name},
    }
    return [{"amazon.aws.ec2_security_group": settings, "register": _word(part)}]


def _rules(part: SecurityGroupRules) -> list[Task]:
    settings = {
        "vpc_id": MADE[Vpc],
        "name": part.group.name,
        "description": part.group.description,
        "rules": [_rule(rule) for rule in part.ingress],
        "rules_egress": [_rule(rule) for rule in part.egress],
        "tags": {**part.identity.tags, "Name": part.group.name},
    }
    return [{"amazon.aws.ec2_security_group": settings}]


def _rule(rule: Rule) -> Document:
    common = {"proto": "tcp", "ports": [rule.port]}
    if isinstance(rule.peer, SecurityGroup):
        return {**common, "group_id": f"{{{{ {_word(rule.peer)}.group_id }}}}"}
    return {**common, "ip_prefix": [rule.peer]}


def _bucket(part: Bucket) -> list[Task]:
    settings = {
        "name": part.name,
        "versioning": part.is_versioned,
        "encryption": "AES256",
        "object_ownership": "BucketOwnerEnforced",
        "public_access": dict.fromkeys(
            (
                *("block_public_acls", "block_public_policy"),
                *("ignore_public_acls", "restrict_public_buckets"),
            ),
            True,
        ),
        "tags": part.identity.tags,
    }
    rules = part.wanted()["lifecycle"]
    return [{"amazon.aws.s3_bucket": settings}, *(_lifecycle(part.name, rule) for rule in rules)]


def _lifecycle(bucket: str, rule: Document) -> Task:
    settings: Document = {"name": bucket, "rule_id": rule["ID"], "prefix": rule["Filter"]["Prefix"]}
    if "AbortIncompleteMultipartUpload" in rule:
        days = rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"]
        settings["abort_incomplete_multipart_upload_days"] = days
    if "NoncurrentVersionExpiration" in rule:
        days = rule["NoncurrentVersionExpiration"]["NoncurrentDays"]
        settings["noncurrent_version_expiration_days"] = days
    if "Expiration" in rule:
        settings["expiration_days"] = rule["Expiration"]["Days"]
    for transition in rule.get("Transitions", []):
        settings |= {"transition_days": transition["Days"], "storage_class": "standard_ia"}
    return {"community.aws.s3_lifecycle": settings}


def _bucket_policy(part: BucketPolicy) -> list[Task]:
    policy = policy_text(part.document()).replace(UNKNOWN, MADE[GatewayEndpoint])
    return [{"amazon.aws.s3_bucket": {"name": part.bucket.name, "policy": policy}}]


def _role(part: Role) -> list[Task]:
    settings = {
        "name": part.name,
        "assume_role_policy_document": policy_text(part.trust),
        "create_instance_profile": False,
        "tags": part.identity.tags,
    }
    inline = {
        "iam_type": "role",
        "iam_name": part.name,
        "policy_name": part.name,
        "policy_json": policy_text(part.policy),
    }
    return [{"amazon.aws.iam_role": settings}, {"amazon.aws.iam_policy": inline}]
