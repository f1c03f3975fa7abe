"""Adds to moto 5.2.5 what the network needs and moto lacks. Each function names its gap."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from moto.ec2.models import EC2Backend
from moto.ec2.models.vpcs import VPCEndPoint
from moto.ec2.responses import EC2Response

from local_stack.aws.moto_types import Moto, replace_methods


def install() -> None:
    """Put every gap's filling in place."""
    _keep_private_dns()
    _name_flow_logs()


def _keep_private_dns() -> None:
    """moto changes an endpoint's subnets, groups and policy, but not whether its private DNS is on."""
    modify = EC2Response.modify_vpc_endpoint

    def modified(response: Moto) -> Moto:
        answer = modify(response)
        wanted = response._get_bool_param("PrivateDnsEnabled")
        if wanted is not None:
            endpoint: VPCEndPoint = response.ec2_backend.vpc_end_points[response._get_param("VpcEndpointId")]
            endpoint.private_dns_enabled = wanted
        return answer

    replace_methods(EC2Response, modify_vpc_endpoint=modified)


def _name_flow_logs() -> None:
    """moto's tagging service calls a flow log `flow-logs` in its ARN; AWS calls it `vpc-flow-log`."""
    tagged = EC2Backend.iter_tagged_resources

    def renamed(backend: Moto) -> Iterator[Moto]:
        for resource in tagged(backend):
            arn = resource.arn.replace(":flow-logs/", ":vpc-flow-log/")
            yield dataclasses.replace(resource, arn=arn)

    replace_methods(EC2Backend, iter_tagged_resources=renamed)
