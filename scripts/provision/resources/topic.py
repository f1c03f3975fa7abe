"""SNS topics: who may speak to one, and who hears of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from provision.aws import Aws, error_code
from provision.normal_form import (
    PolicyDocument,
    known_tags,
    normal_policy,
    policy_text,
    tag_pairs,
    tags_of_pairs,
)
from provision.resource import LiveSettings, Resource

# What stands in place of an ARN until the person has followed the link in the e-mail.
PENDING = "PendingConfirmation"


@dataclass(kw_only=True)
class Topic(Resource):
    """A topic; its policy says who may publish. Its id is its ARN, which is made of its name.

    `emails` are all who hear of it: whoever was added by hand shows in the plan and is taken away. SNS asks
    an address whether it agrees. Until it does it counts as a subscriber, because nobody else can do anything
    about it; one that never agrees is forgotten by SNS.
    """

    kind: ClassVar[str] = "topic"

    account_id: str
    policy: PolicyDocument
    emails: tuple[str, ...] = ()

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "policy": normal_policy(self.policy),
            # none: with AWS's own key no alarm could publish (docs/decisions/0014-alarms-topic.md)
            "encryption_key": "",
            "subscribers": sorted(f"email {address}" for address in self.emails),
            "tags": self.identity.tags,
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        arn = f"arn:aws:sns:{aws.region}:{self.account_id}:{self.name}"
        try:
            live = aws.topics.get_topic_attributes(TopicArn=arn)["Attributes"]
        except ClientError as error:
            if error_code(error) in {"NotFound", "NotFoundException"}:
                return self.absent()
            raise
        self.id = self.arn = arn
        tags = tags_of_pairs(aws.topics.list_tags_for_resource(ResourceArn=arn)["Tags"])
        return {
            "policy": normal_policy(live["Policy"]),
            "encryption_key": live.get("KmsMasterKeyId", ""),
            "subscribers": sorted(self._subscriptions(aws)),
            "tags": known_tags(tags, self.identity.tags),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = aws.topics.create_topic(
            Name=self.name,
            Attributes={"Policy": policy_text(self.policy)},
            Tags=tag_pairs(self.identity.tags),
        )
        self.id = self.arn = made["TopicArn"]
        self._settle_subscribers(aws)

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        attributes = {
            "policy": ("Policy", policy_text(self.policy)),
            "encryption_key": ("KmsMasterKeyId", ""),
        }
        for name, value in (attributes[setting] for setting in sorted(changed) if setting in attributes):
            aws.topics.set_topic_attributes(TopicArn=self.id, AttributeName=name, AttributeValue=value)
        if "subscribers" in changed:
            self._settle_subscribers(aws)
        if "tags" in changed:
            aws.topics.tag_resource(ResourceArn=self.id, Tags=tag_pairs(self.identity.tags))

    def delete(self, aws: Aws) -> None:  # noqa: D102 - its subscriptions go with it
        aws.topics.delete_topic(TopicArn=self.id)
        self.absent()

    def _settle_subscribers(self, aws: Aws) -> None:
        """Who is missing is asked; who is not wanted is taken away."""
        live, wanted = self._subscriptions(aws), self.wanted()["subscribers"]
        for address in self.emails:
            if f"email {address}" not in live:
                aws.topics.subscribe(TopicArn=self.id, Protocol="email", Endpoint=address)
        for arn in (arn for who, arn in live.items() if who not in wanted):
            aws.topics.unsubscribe(SubscriptionArn=arn)

    def _subscriptions(self, aws: Aws) -> dict[str, str]:
        """ARNs by protocol and address, without others that never agreed: those cannot be removed."""
        pages = aws.topics.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=self.id)
        live: list[Any] = [one for page in pages for one in page["Subscriptions"]]
        named = {f"{one['Protocol']} {one['Endpoint']}": str(one["SubscriptionArn"]) for one in live}
        ours = self.wanted()["subscribers"]
        return {who: arn for who, arn in named.items() if arn != PENDING or who in ours}
