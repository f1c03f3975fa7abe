"""Instance profiles: how an EC2 host gets its role."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from provision import waiting
from provision.aws import Aws, error_code
from provision.normal_form import known_tags, tag_pairs, tags_of_pairs
from provision.resource import LiveSettings, Resource
from provision.resources.role import Role


@dataclass(kw_only=True)
class InstanceProfile(Resource):
    """A profile that holds one role."""

    kind: ClassVar[str] = "instance profile"

    role: Role

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {"roles": [self.role.name], "tags": self.identity.tags}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        try:
            live: Any = aws.iam.get_instance_profile(InstanceProfileName=self.name)["InstanceProfile"]
        except ClientError as error:
            if error_code(error) == "NoSuchEntity":
                return self.absent()
            raise
        self.id, self.arn = live["InstanceProfileId"], live["Arn"]
        return {
            "roles": [role["RoleName"] for role in live["Roles"]],
            "tags": known_tags(tags_of_pairs(live.get("Tags", [])), self.identity.tags),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = aws.iam.create_instance_profile(
            InstanceProfileName=self.name, Tags=tag_pairs(self.identity.tags)
        )["InstanceProfile"]
        self.id, self.arn = made["InstanceProfileId"], made["Arn"]
        aws.iam.get_waiter("instance_profile_exists").wait(InstanceProfileName=self.name)
        waiting.retry_while(_is_not_yet_known, lambda: self._add_role(aws))

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        if "roles" in changed:
            self._remove_roles(aws)
            self._add_role(aws)
        if "tags" in changed:
            aws.iam.tag_instance_profile(InstanceProfileName=self.name, Tags=tag_pairs(self.identity.tags))

    def delete(self, aws: Aws) -> None:  # noqa: D102
        self._remove_roles(aws)
        aws.iam.delete_instance_profile(InstanceProfileName=self.name)
        self.absent()

    def _add_role(self, aws: Aws) -> None:
        aws.iam.add_role_to_instance_profile(InstanceProfileName=self.name, RoleName=self.role.name)

    def _remove_roles(self, aws: Aws) -> None:
        live = aws.iam.get_instance_profile(InstanceProfileName=self.name)["InstanceProfile"]
        for role in live["Roles"]:
            aws.iam.remove_role_from_instance_profile(
                InstanceProfileName=self.name, RoleName=role["RoleName"]
            )


def _is_not_yet_known(error: ClientError) -> bool:
    return error_code(error) == "NoSuchEntity"
