"""Which way a call to S3 takes: that of whoever is in a VPC goes through its subnet's gateway endpoint.

A host's calls come by the door of its VPC (vpc_door.py), with its address. A function's come from the machine
itself: Lambda names a function's session after the function, so that the session tells the function, its
subnet, the subnet's route table, and the S3 gateway endpoint in it. Nothing tells where such a session is
used: it counts as used by its function. A session of the same role under any other name is the outside.
Source: "Gateway endpoints for Amazon S3" in the PrivateLink guide.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from moto.awslambda.models import lambda_backends
from moto.core.exceptions import JsonRESTError
from moto.ec2.models import ec2_backends
from moto.s3.models import s3_backends
from moto.sts.models import sts_backends

from local_stack.aws import iam_engine
from local_stack.aws.moto_types import Moto
from local_stack.state import ACCOUNT_ID

SOURCE_HEADER = "X-Local-Source"  # of requests by the VPC's door: the host's address
SOURCE_VARIABLE = "HTTP_X_LOCAL_SOURCE"  # the same, as WSGI names it
ALIVE = {"pending", "running"}


@dataclass(frozen=True)
class Endpoint:
    """The gateway endpoint that a call goes through."""

    id: str
    vpc_id: str
    policy: str
    source_address: str = ""

    def context(self) -> dict[str, str]:
        """Return the condition keys that it adds; the caller's own address is not seen behind it."""
        own = {"aws:vpcsourceip": self.source_address} if self.source_address else {}
        return {"aws:sourcevpce": self.id, "aws:sourcevpc": self.vpc_id, **own}

    def lets_through(
        self, action: str, resource: str, context: Mapping[str, str], arns: frozenset[str]
    ) -> bool:
        """Say whether the endpoint's policy allows a caller with these ARNs what is asked for."""
        bucket = resource.rpartition(":")[2].partition("/")[0]
        request = iam_engine.Request(action, resource, {**context, **_owner_of(bucket)}, arns, ACCOUNT_ID)
        return iam_engine.evaluate([self.policy], request, is_resource_policy=True) == "Allow"


def host_at(address: str, account: str, region: str) -> Moto | None:
    """Return moto's instance with this address, if it runs; private addresses are of one VPC here."""
    for reservation in ec2_backends[account][region].reservations.values():
        for instance in reservation.instances:
            if instance.private_ip == address and instance.state in ALIVE:
                return instance
    return None


def has_way(host: Moto, service: str, account: str, region: str) -> bool:
    """Say whether the host's VPC has an endpoint by which it reaches the service."""
    if service == "s3":
        return _gateway_of(host.subnet_id, account, region) is not None
    return any(
        (found.vpc_id, found.vpc_endpoint_type, found.service_name.rpartition(".")[2])
        == (host.vpc_id, "Interface", service)
        for found in ec2_backends[account][region].vpc_end_points.values()
    )


def endpoint_of_host(address: str, account: str, region: str) -> Endpoint | None:
    """Return the S3 endpoint in the route table of the host's subnet."""
    host = host_at(address, account, region)
    found = _gateway_of(host.subnet_id, account, region) if host is not None else None
    return replace(found, source_address=address) if found else None


def endpoint_of(access_key_id: str, account: str, region: str) -> Endpoint | None:
    """Return the endpoint that calls of this session go through; None for whoever is in no VPC."""
    session = sts_backends[account]["aws"].get_assumed_role_from_access_key(access_key_id)
    if session is None:
        return None
    subnet_ids = _subnets_of_function(session.session_name, session.role_arn, account, region)
    return _gateway_of(subnet_ids[0], account, region) if subnet_ids else None


def _owner_of(bucket: str) -> dict[str, str]:
    """Return the condition key with the account that owns the bucket; nothing when there is none."""
    _, account = s3_backends.bucket_accounts.get(bucket, ("", ""))
    return {"aws:resourceaccount": account} if account else {}


def _subnets_of_function(name: str, role_arn: str, account: str, region: str) -> list[str]:
    backend: Moto = lambda_backends[account][region]
    try:
        function: Moto = backend.get_function(name)
    except JsonRESTError:  # the session's name is no function's
        return []
    return list(function.vpc_config["SubnetIds"]) if function.role == role_arn else []


def _gateway_of(subnet_id: str, account: str, region: str) -> Endpoint | None:
    backend: Moto = ec2_backends[account][region]
    vpc_id = backend.get_subnet(subnet_id).vpc_id
    tables = [table for table in backend.route_tables.values() if table.vpc_id == vpc_id]
    own = [table for table in tables if subnet_id in table._associations.values()]
    table_ids = {table.id for table in own or tables if own or table.main_association_id}
    for endpoint in backend.vpc_end_points.values():
        is_gateway = endpoint.vpc_endpoint_type == "Gateway" and endpoint.service_name.endswith(".s3")
        if is_gateway and table_ids & set(endpoint.route_table_ids):
            policy = endpoint.policy_document
            return Endpoint(endpoint.id, vpc_id, policy if isinstance(policy, str) else json.dumps(policy))
    return None
