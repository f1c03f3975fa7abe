"""EC2 things have no names of their own: the tag `Name` and the identity's tags find them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provision.identity import Identity
from provision.normal_form import tag_pairs

if TYPE_CHECKING:
    from mypy_boto3_ec2.literals import ResourceTypeType
    from mypy_boto3_ec2.type_defs import FilterTypeDef, TagSpecificationTypeDef


def tag_filters(identity: Identity) -> list[FilterTypeDef]:
    """The describe filters that only the thing with this identity passes."""
    tags = {**identity.tags, "Name": identity.name}
    return [{"Name": f"tag:{key}", "Values": [value]} for key, value in sorted(tags.items())]


def tag_specifications(type_: ResourceTypeType, identity: Identity) -> list[TagSpecificationTypeDef]:
    """The identity for the call that creates the thing, so that a run that died is found again."""
    return [{"ResourceType": type_, "Tags": tag_pairs({**identity.tags, "Name": identity.name})}]


def ec2_arn(region: str, account_id: str, what: str, id_: str) -> str:
    """The ARN of an EC2 thing, which most describe calls leave out."""
    return f"arn:aws:ec2:{region}:{account_id}:{what}/{id_}"
