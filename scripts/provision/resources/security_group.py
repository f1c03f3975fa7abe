"""Security groups and their rules; rules are a resource of their own because groups refer to each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from provision import waiting
from provision.aws import Aws
from provision.resource import Document, LiveSettings, Resource, only_one
from provision.resources.ec2_tags import ec2_arn, tag_filters, tag_specifications
from provision.resources.network import Vpc

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import IpPermissionTypeDef

ALL_TRAFFIC: IpPermissionTypeDef = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


@dataclass(kw_only=True)
class SecurityGroup(Resource):
    """Who may talk with the things in it: nobody, until its rules say so."""

    kind: ClassVar[str] = "security group"
    fixed: ClassVar[frozenset[str]] = frozenset({"vpc", "description"})

    vpc: Vpc
    description: str

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {"vpc": self.vpc.id, "description": self.description}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        pages = aws.ec2.get_paginator("describe_security_groups").paginate(Filters=tag_filters(self.identity))
        live = only_one((group for page in pages for group in page["SecurityGroups"]), self)
        if live is None:
            return self.absent()
        self.id, self.arn = (
            live["GroupId"],
            ec2_arn(aws.region, live["OwnerId"], "security-group", live["GroupId"]),
        )
        return {"vpc": live["VpcId"], "description": live["Description"]}

    def create(self, aws: Aws) -> None:  # noqa: D102
        self.id = aws.ec2.create_security_group(
            GroupName=self.name,
            Description=self.description,
            VpcId=self.vpc.id,
            TagSpecifications=tag_specifications("security-group", self.identity),
        )["GroupId"]
        aws.ec2.get_waiter("security_group_exists").wait(GroupIds=[self.id])
        # AWS lets a new group talk to everyone; a run that dies before this line leaves a rule that
        # SecurityGroupRules finds
        aws.ec2.revoke_security_group_egress(GroupId=self.id, IpPermissions=[ALL_TRAFFIC])

    def update(self, aws: Aws, changed: Collection[str]) -> None:
        """Nothing: all of its settings are fixed, so that the plan blocks any change."""

    def delete(self, aws: Aws) -> None:  # noqa: D102
        waiting.retry_while(
            waiting.is_in_use,
            lambda: aws.ec2.delete_security_group(GroupId=self.id),
            timeout_seconds=waiting.INTERFACE_RELEASE_TIMEOUT_SECONDS,
            delay_seconds=15,
        )
        self.absent()


@dataclass(frozen=True)
class Rule:
    """TCP on one port, from or to another group or an AWS prefix list; never an open network."""

    port: int
    peer: SecurityGroup | str  # a str is a prefix list's id

    def text(self) -> str:
        """The rule in normal form, such as `tcp 5432 sg-1`."""
        return f"tcp {self.port} {self.peer.id if isinstance(self.peer, SecurityGroup) else self.peer}"

    def permission(self) -> IpPermissionTypeDef:
        """The rule as EC2 takes it."""
        permission: IpPermissionTypeDef = {"IpProtocol": "tcp", "FromPort": self.port, "ToPort": self.port}
        if isinstance(self.peer, SecurityGroup):
            return {**permission, "UserIdGroupPairs": [{"GroupId": self.peer.id}]}
        return {**permission, "PrefixListIds": [{"PrefixListId": self.peer}]}


@dataclass(kw_only=True)
class SecurityGroupRules(Resource):
    """The complete rules of one group: a rule added by hand shows in the plan and is taken away."""

    kind: ClassVar[str] = "security group rules"

    group: SecurityGroup
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {"ingress": _texts(self.ingress), "egress": _texts(self.egress)}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        live = self._describe(aws)
        if not live and (self.ingress or self.egress):
            return self.absent()
        self.id = self.group.id
        return {
            "ingress": sorted(text_of_live(rule) for rule in live if not rule["IsEgress"]),
            "egress": sorted(text_of_live(rule) for rule in live if rule["IsEgress"]),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        self.id = self.group.id
        self.update(aws, {"ingress", "egress"})

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        live = self._describe(aws)
        if "ingress" in changed:
            self._revoke(aws, [rule for rule in live if not rule["IsEgress"]], keep=self.ingress)
            missing = _missing(self.ingress, live, is_egress=False)
            if missing:
                aws.ec2.authorize_security_group_ingress(GroupId=self.group.id, IpPermissions=missing)
        if "egress" in changed:
            self._revoke(aws, [rule for rule in live if rule["IsEgress"]], keep=self.egress)
            missing = _missing(self.egress, live, is_egress=True)
            if missing:
                aws.ec2.authorize_security_group_egress(GroupId=self.group.id, IpPermissions=missing)

    def delete(self, aws: Aws) -> None:  # noqa: D102
        self._revoke(aws, self._describe(aws), keep=())
        self.absent()

    def _revoke(self, aws: Aws, live: Iterable[Any], *, keep: tuple[Rule, ...]) -> None:
        revoke(aws, self.group.id, [rule for rule in live if text_of_live(rule) not in _texts(keep)])

    def _describe(self, aws: Aws) -> list[Any]:
        return live_rules(aws, self.group.id) if self.group.exists else []


def live_rules(aws: Aws, group_id: str) -> list[Any]:
    """The rules of a group as EC2 describes them."""
    pages = aws.ec2.get_paginator("describe_security_group_rules").paginate(
        Filters=[{"Name": "group-id", "Values": [group_id]}]
    )
    return [rule for page in pages for rule in page["SecurityGroupRules"]]


def revoke(aws: Aws, group_id: str, rules: Sequence[Any]) -> None:
    """The group lacks these of its rules."""
    ids = {
        is_egress: [rule["SecurityGroupRuleId"] for rule in rules if rule["IsEgress"] is is_egress]
        for is_egress in (False, True)
    }
    if ids[False]:
        aws.ec2.revoke_security_group_ingress(GroupId=group_id, SecurityGroupRuleIds=ids[False])
    if ids[True]:
        aws.ec2.revoke_security_group_egress(GroupId=group_id, SecurityGroupRuleIds=ids[True])


def _texts(rules: Iterable[Rule]) -> list[str]:
    return sorted(rule.text() for rule in rules)


def _missing(wanted: Iterable[Rule], live: Iterable[Any], *, is_egress: bool) -> list[IpPermissionTypeDef]:
    there = {text_of_live(rule) for rule in live if rule["IsEgress"] is is_egress}
    return [rule.permission() for rule in wanted if rule.text() not in there]


def text_of_live(rule: Document) -> str:
    """A live rule in normal form; anything that is not one TCP port of one peer shows as what it is."""
    peer = (
        rule.get("ReferencedGroupInfo", {}).get("GroupId")
        or rule.get("PrefixListId")
        or rule.get("CidrIpv4")
        or rule.get("CidrIpv6")
    )
    protocol, low, high = rule["IpProtocol"], rule.get("FromPort", -1), rule.get("ToPort", -1)
    if protocol == "-1":
        return f"all traffic {peer}"
    return f"{protocol} {low} {peer}" if low == high else f"{protocol} {low}-{high} {peer}"
