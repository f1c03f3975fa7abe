"""Amplify Hosting for pages that are uploaded as a zip: the app, and the branch that is live."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, ClassVar

import yaml
from botocore.exceptions import ClientError

from provision.aws import Aws, error_code
from provision.normal_form import known_tags
from provision.resource import UNKNOWN, Document, LiveSettings, Resource, only_one


@dataclass(kw_only=True)
class AmplifyApp(Resource):
    """An app without a repository: it never builds. Names need not be unique: name and tags together are."""

    kind: ClassVar[str] = "amplify app"

    description: str
    rules: tuple[dict[str, str], ...] = ()  # redirects and rewrites: source, target, status
    headers: tuple[dict[str, Any], ...] = ()  # of answers, by pattern of their path
    default_domain: str = field(default=UNKNOWN, init=False)

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "description": self.description,
            "platform": "WEB",
            "builds_by_itself": False,
            "asks_for_password": False,
            "rules": list(self.rules),
            "headers": list(self.headers),
            "tags": self.identity.tags,
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        pages = aws.pages.get_paginator("list_apps").paginate()
        live: Any = only_one((app for page in pages for app in page["apps"] if self._is_this(app)), self)
        if live is None:
            self.default_domain = UNKNOWN
            return self.absent()
        self._found(live)
        return {
            "description": live["description"],
            "platform": live["platform"],
            "builds_by_itself": live["enableBranchAutoBuild"],
            "asks_for_password": live["enableBasicAuth"],
            "rules": [dict(rule) for rule in live.get("customRules", [])],
            "headers": (yaml.safe_load(live.get("customHeaders") or "{}") or {}).get("customHeaders", []),
            "tags": known_tags(live.get("tags", {}), self.identity.tags),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = aws.pages.create_app(name=self.name, tags=self.identity.tags, **self._request())
        self._found(made["app"])

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        if "tags" in changed:
            aws.pages.tag_resource(resourceArn=self.arn, tags=self.identity.tags)
        if set(changed) - {"tags"}:
            aws.pages.update_app(appId=self.id, name=self.name, **self._request())

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.pages.delete_app(appId=self.id)
        self.default_domain = UNKNOWN
        self.absent()

    def _is_this(self, app: Document) -> bool:
        """By name and the project's and environment's tags; ManagedBy may be lost and is then put back."""
        tags = app.get("tags", {})
        ours = all(tags.get(key) == self.identity.tags[key] for key in ("Project", "Environment"))
        return ours and app["name"] == self.name

    def _found(self, app: Document) -> None:
        self.id, self.arn, self.default_domain = app["appId"], app["appArn"], app["defaultDomain"]

    def _request(self) -> Document:
        return {
            "description": self.description,
            "platform": "WEB",  # static files
            "enableBranchAutoBuild": False,
            "enableBasicAuth": False,
            "customRules": list(self.rules),
            "customHeaders": yaml.safe_dump({"customHeaders": list(self.headers)}, sort_keys=False),
        }


@dataclass(kw_only=True)
class AmplifyBranch(Resource):
    """What is live: deployments go to a branch, and each branch has an address."""

    kind: ClassVar[str] = "amplify branch"

    app: AmplifyApp
    branch_name: str

    @property
    def host(self) -> str:
        """Where Amplify itself serves it; CloudFront fetches the pages there."""
        domain = self.app.default_domain
        return UNKNOWN if domain == UNKNOWN else f"{self.branch_name}.{domain}"

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {**self._settings(), "tags": self.identity.tags}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        if not self.app.exists:
            return self.absent()
        try:
            live: Any = aws.pages.get_branch(appId=self.app.id, branchName=self.branch_name)["branch"]
        except ClientError as error:
            if error_code(error) == "NotFoundException":
                return self.absent()
            raise
        self.id, self.arn = live["branchName"], live["branchArn"]
        settings = {key: live.get(key) for key in self._settings()}
        return {**settings, "tags": known_tags(live.get("tags", {}), self.identity.tags)}

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = aws.pages.create_branch(
            appId=self.app.id, branchName=self.branch_name, tags=self.identity.tags, **self._settings()
        )["branch"]
        self.id, self.arn = made["branchName"], made["branchArn"]

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        if "tags" in changed:
            aws.pages.tag_resource(resourceArn=self.arn, tags=self.identity.tags)
        if set(changed) - {"tags"}:
            aws.pages.update_branch(appId=self.app.id, branchName=self.branch_name, **self._settings())

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.pages.delete_branch(appId=self.app.id, branchName=self.branch_name)
        self.absent()

    def _settings(self) -> Document:
        """As Amplify names them: nothing but an upload changes what is live."""
        return {
            "stage": "PRODUCTION",
            "framework": "Web",
            "enableAutoBuild": False,
            "enablePullRequestPreview": False,
            "enableBasicAuth": False,
        }
