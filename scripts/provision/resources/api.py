"""HTTP APIs (API Gateway v2): the API, and where its requests go."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from provision.aws import Aws
from provision.normal_form import known_tags
from provision.resource import Document, LiveSettings, Resource, only_one
from provision.resources.function_alias import FunctionAlias

CORS_SECONDS = 3600  # for which a browser may remember a preflight's answer


@dataclass(kw_only=True)
class Api(Resource):
    """The front door of the public layer. Names need not be unique here: name and tags together are."""

    kind: ClassVar[str] = "http api"
    fixed: ClassVar[frozenset[str]] = frozenset({"protocol"})

    account_id: str
    description: str
    origins: tuple[str, ...]  # of web pages whose scripts may call it; none: no browser may

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {"protocol": "HTTP", "description": self.description, "cors": self._cors()}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        pages = aws.apis.get_paginator("get_apis").paginate()
        live = only_one((api for page in pages for api in page["Items"] if self._is_this(api)), self)
        if live is None:
            return self.absent()
        self._found(live["ApiId"], aws)
        return {
            "protocol": live["ProtocolType"],
            "description": live.get("Description"),
            "cors": _normal_cors(live.get("CorsConfiguration") or {}),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        cors: Document = {"CorsConfiguration": self._cors()} if self.origins else {}
        made = aws.apis.create_api(
            Name=self.name, ProtocolType="HTTP", Description=self.description, Tags=self.identity.tags, **cors
        )
        self._found(made["ApiId"], aws)

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        if "cors" in changed and not self.origins:
            aws.apis.delete_cors_configuration(ApiId=self.id)
        cors: Document = {"CorsConfiguration": self._cors()} if self.origins else {}
        aws.apis.update_api(ApiId=self.id, Description=self.description, **cors)

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.apis.delete_api(ApiId=self.id)
        self.absent()

    def _cors(self) -> Document:
        """What preflights are answered; without credentials, because nothing here reads cookies."""
        if not self.origins:
            return {}
        return {
            "AllowOrigins": sorted(self.origins),
            "AllowMethods": ["POST"],
            "AllowHeaders": ["authorization", "content-encoding", "content-type"],
            # browsers hide it from scripts otherwise, and the event SDK obeys it
            "ExposeHeaders": ["retry-after"],
            "MaxAge": CORS_SECONDS,
        }

    def _is_this(self, api: Document) -> bool:
        return bool(
            api["Name"] == self.name
            and known_tags(api.get("Tags", {}), self.identity.tags) == self.identity.tags
        )

    def _found(self, api_id: str, aws: Aws) -> None:
        """The ARN is the one that its invocations carry, because functions' permissions name it."""
        self.id = api_id
        self.arn = f"arn:aws:execute-api:{aws.region}:{self.account_id}:{api_id}"


def _normal_cors(live: Document) -> Document:
    """Lists in one order, and nothing that is off."""
    found = {key: sorted(value) if isinstance(value, list) else value for key, value in live.items()}
    return {key: value for key, value in found.items() if value}


@dataclass(kw_only=True)
class ApiIntegration(Resource):
    """Hands requests to a function, in payload format 2.0. Found again by its description."""

    kind: ClassVar[str] = "api integration"

    api: Api
    function: FunctionAlias
    timeout_seconds: int = 30

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "function": self.function.arn,
            "payload_format": "2.0",
            "timeout_seconds": self.timeout_seconds,
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        if not self.api.exists:
            return self.absent()
        pages = aws.apis.get_paginator("get_integrations").paginate(ApiId=self.api.id)
        found = (item for page in pages for item in page["Items"] if item.get("Description") == self.name)
        live = only_one(found, self)
        if live is None:
            return self.absent()
        self.id = live["IntegrationId"]
        return {
            "function": live.get("IntegrationUri"),
            "payload_format": live.get("PayloadFormatVersion"),
            "timeout_seconds": live.get("TimeoutInMillis", 0) // 1000,
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = aws.apis.create_integration(
            ApiId=self.api.id, IntegrationType="AWS_PROXY", Description=self.name, **self._request()
        )
        self.id = made["IntegrationId"]

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: ARG002, D102 - the call takes all of them
        aws.apis.update_integration(ApiId=self.api.id, IntegrationId=self.id, **self._request())

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.apis.delete_integration(ApiId=self.api.id, IntegrationId=self.id)
        self.absent()

    def _request(self) -> Document:
        return {
            "IntegrationUri": self.function.arn,
            "PayloadFormatVersion": "2.0",
            "TimeoutInMillis": self.timeout_seconds * 1000,
        }
