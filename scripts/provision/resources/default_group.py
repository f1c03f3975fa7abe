"""The security group that AWS makes with every VPC, closed: what is put in no other group reaches nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from provision import waiting
from provision.aws import Aws
from provision.normal_form import known_tags, tag_pairs, tags_of_pairs
from provision.resource import Document, LiveSettings, Resource
from provision.resources.ec2_tags import ec2_arn
from provision.resources.network import Vpc
from provision.resources.security_group import live_rules, revoke, text_of_live


@dataclass(kw_only=True)
class DefaultSecurityGroup(Resource):
    """The VPC's default group without any rule. Our tags on it say that it was taken over.

    AWS lets nobody delete it: it goes with its VPC. `delete` gives it back, closed as it is.
    """

    kind: ClassVar[str] = "default security group"

    vpc: Vpc

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {"ingress": [], "egress": []}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        live = self._describe(aws)
        if live is None or known_tags(tags_of_pairs(live.get("Tags", [])), self._tags()) != self._tags():
            return self.absent()
        self._found(live, aws)
        rules = live_rules(aws, self.id)
        return {
            "ingress": sorted(text_of_live(rule) for rule in rules if not rule["IsEgress"]),
            "egress": sorted(text_of_live(rule) for rule in rules if rule["IsEgress"]),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        # AWS makes the group with the VPC, and shows it a moment later
        waiting.wait_until(lambda: self._describe(aws) is not None, f"{self.kind} of {self.vpc.name} visible")
        self._found(self._describe(aws), aws)
        aws.ec2.create_tags(Resources=[self.id], Tags=tag_pairs(self._tags()))
        self.update(aws, {"ingress", "egress"})

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        wrong = [
            rule
            for rule in live_rules(aws, self.id)
            if ("egress" if rule["IsEgress"] else "ingress") in changed
        ]
        revoke(aws, self.id, wrong)

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.ec2.delete_tags(Resources=[self.id], Tags=tag_pairs(self._tags()))
        self.absent()

    def _tags(self) -> dict[str, str]:
        return {**self.identity.tags, "Name": self.name}

    def _found(self, live: Document, aws: Aws) -> None:
        self.id = live["GroupId"]
        self.arn = ec2_arn(aws.region, live["OwnerId"], "security-group", self.id)

    def _describe(self, aws: Aws) -> Document:
        """The group that AWS named `default`: a VPC has one, and nobody can give that name to another."""
        if not self.vpc.exists:
            return None
        filters: Document = [
            {"Name": "vpc-id", "Values": [self.vpc.id]},
            {"Name": "group-name", "Values": ["default"]},
        ]
        pages = aws.ec2.get_paginator("describe_security_groups").paginate(Filters=filters)
        return next((group for page in pages for group in page["SecurityGroups"]), None)
