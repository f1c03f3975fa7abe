"""IAM roles: who may take them on, and the inline policies that are all they can do."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from provision import waiting
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


@dataclass(kw_only=True)
class Role(Resource):
    """A role with one inline policy; a policy attached by hand shows in the plan and is detached."""

    kind: ClassVar[str] = "role"

    trust: PolicyDocument
    policy: PolicyDocument

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "trust": normal_policy(self.trust),
            "policies": {self.name: normal_policy(self.policy)},
            "attached_policies": [],
            "tags": self.identity.tags,
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        try:
            live: Any = aws.iam.get_role(RoleName=self.name)["Role"]
        except ClientError as error:
            if error_code(error) == "NoSuchEntity":
                return self.absent()
            raise
        self.id, self.arn = live["RoleId"], live["Arn"]
        return {
            "trust": normal_policy(live["AssumeRolePolicyDocument"]),
            "policies": {name: self._live_policy(aws, name) for name in self._policy_names(aws)},
            "attached_policies": sorted(self._attached_arns(aws)),
            "tags": known_tags(tags_of_pairs(live.get("Tags", [])), self.identity.tags),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = aws.iam.create_role(
            RoleName=self.name,
            AssumeRolePolicyDocument=policy_text(self.trust),
            Tags=tag_pairs(self.identity.tags),
        )["Role"]
        self.id, self.arn = made["RoleId"], made["Arn"]
        aws.iam.get_waiter("role_exists").wait(RoleName=self.name)
        waiting.retry_while(_is_not_yet_known, lambda: self._put_policy(aws))

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        writers: dict[str, Callable[[Aws], object]] = {
            "trust": lambda aws: aws.iam.update_assume_role_policy(
                RoleName=self.name, PolicyDocument=policy_text(self.trust)
            ),
            "policies": self._put_only_policy,
            "attached_policies": self._detach_all,
            "tags": lambda aws: aws.iam.tag_role(RoleName=self.name, Tags=tag_pairs(self.identity.tags)),
        }
        for setting, put in writers.items():
            if setting in changed:
                put(aws)

    def delete(self, aws: Aws) -> None:  # noqa: D102
        self._detach_all(aws)
        for name in self._policy_names(aws):
            aws.iam.delete_role_policy(RoleName=self.name, PolicyName=name)
        aws.iam.delete_role(RoleName=self.name)
        self.absent()

    def _put_policy(self, aws: Aws) -> None:
        aws.iam.put_role_policy(
            RoleName=self.name, PolicyName=self.name, PolicyDocument=policy_text(self.policy)
        )

    def _put_only_policy(self, aws: Aws) -> None:
        self._put_policy(aws)
        for name in set(self._policy_names(aws)) - {self.name}:
            aws.iam.delete_role_policy(RoleName=self.name, PolicyName=name)

    def _detach_all(self, aws: Aws) -> None:
        for arn in self._attached_arns(aws):
            aws.iam.detach_role_policy(RoleName=self.name, PolicyArn=arn)

    def _policy_names(self, aws: Aws) -> list[str]:
        pages = aws.iam.get_paginator("list_role_policies").paginate(RoleName=self.name)
        return [name for page in pages for name in page["PolicyNames"]]

    def _attached_arns(self, aws: Aws) -> list[str]:
        pages = aws.iam.get_paginator("list_attached_role_policies").paginate(RoleName=self.name)
        return [attached["PolicyArn"] for page in pages for attached in page["AttachedPolicies"]]

    def _live_policy(self, aws: Aws, name: str) -> PolicyDocument:
        document: Any = aws.iam.get_role_policy(RoleName=self.name, PolicyName=name)["PolicyDocument"]
        return normal_policy(document)


def _is_not_yet_known(error: ClientError) -> bool:
    return error_code(error) == "NoSuchEntity"
