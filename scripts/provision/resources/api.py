"""HTTP APIs (API Gateway v2): the API, where its requests go, its routes, and the stage that serves them."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from provision.aws import Aws
from provision.normal_form import known_tags
from provision.resource import Document, LiveSettings, Resource, only_one
from provision.resources.function_alias import FunctionAlias
from provision.resources.log_group import LogGroup

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
ACCESS_LOG_FIELDS = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "routeKey": "$context.routeKey",
    "status": "$context.status",
    "responseLatency": "$context.responseLatency",
    "responseLength": "$context.responseLength",
    "integrationError": "$context.integrationErrorMessage",
}
ACCESS_LOG_FORMAT = json.dumps(ACCESS_LOG_FIELDS)


@dataclass(kw_only=True)
class Api(Resource):
    """The front door of the public layer. Names need not be unique here: name and tags together are."""

    kind: ClassVar[str] = "http api"
    fixed: ClassVar[frozenset[str]] = frozenset({"protocol"})

    account_id: str
    description: str

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {"protocol": "HTTP", "description": self.description}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        pages = aws.apis.get_paginator("get_apis").paginate()
        live = only_one((api for page in pages for api in page["Items"] if self._is_this(api)), self)
        if live is None:
            return self.absent()
        self._found(live["ApiId"], aws)
        return {"protocol": live["ProtocolType"], "description": live.get("Description")}

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = aws.apis.create_api(
            Name=self.name, ProtocolType="HTTP", Description=self.description, Tags=self.identity.tags
        )
        self._found(made["ApiId"], aws)

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: ARG002, D102 - one setting can change
        aws.apis.update_api(ApiId=self.id, Description=self.description)

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.apis.delete_api(ApiId=self.id)
        self.absent()

    def _is_this(self, api: Document) -> bool:
        return bool(
            api["Name"] == self.name
            and known_tags(api.get("Tags", {}), self.identity.tags) == self.identity.tags
        )

    def _found(self, api_id: str, aws: Aws) -> None:
        """The ARN is the one that its invocations carry, because functions' permissions name it."""
        self.id = api_id
        self.arn = f"arn:aws:execute-api:{aws.region}:{self.account_id}:{api_id}"


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


@dataclass(kw_only=True)
class ApiRoute(Resource):
    """A method and path of the API, and the integration that answers it."""

    kind: ClassVar[str] = "api route"

    api: Api
    route_key: str  # such as `POST /v1/events`
    integration: ApiIntegration

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {"route_key": self.route_key, "target": self._target, "authorization": "NONE"}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        if not self.api.exists:
            return self.absent()
        pages = aws.apis.get_paginator("get_routes").paginate(ApiId=self.api.id)
        live = only_one(
            (item for page in pages for item in page["Items"] if item["RouteKey"] == self.route_key), self
        )
        if live is None:
            return self.absent()
        self.id = live["RouteId"]
        return {
            "route_key": live["RouteKey"],
            "target": live.get("Target"),
            "authorization": live.get("AuthorizationType") or "NONE",
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = aws.apis.create_route(ApiId=self.api.id, RouteKey=self.route_key, Target=self._target)
        self.id = made["RouteId"]

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: ARG002, D102 - the call takes all of them
        aws.apis.update_route(
            ApiId=self.api.id, RouteId=self.id, Target=self._target, AuthorizationType="NONE"
        )

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.apis.delete_route(ApiId=self.api.id, RouteId=self.id)
        self.absent()

    @property
    def _target(self) -> str:
        return f"integrations/{self.integration.id}"


@dataclass(kw_only=True)
class ApiStage(Resource):
    """The stage `$default`: every change is live at once, requests are throttled and logged."""

    kind: ClassVar[str] = "api stage"

    api: Api
    log_group: LogGroup
    rate_per_second: int
    burst: int
    stage_name: str = "$default"

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "auto_deploy": True,
            "rate_per_second": self.rate_per_second,
            "burst": self.burst,
            "access_log_group": self.log_group.arn,
            "access_log_format": ACCESS_LOG_FORMAT,
            "tags": self.identity.tags,
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        if not self.api.exists:
            return self.absent()
        pages = aws.apis.get_paginator("get_stages").paginate(ApiId=self.api.id)
        live: Any = only_one(
            (item for page in pages for item in page["Items"] if item["StageName"] == self.stage_name), self
        )
        if live is None:
            return self.absent()
        self.id = live["StageName"]
        self.arn = f"arn:aws:apigateway:{aws.region}::/apis/{self.api.id}/stages/{self.stage_name}"
        throttling, log = live.get("DefaultRouteSettings", {}), live.get("AccessLogSettings", {})
        return {
            "auto_deploy": live.get("AutoDeploy"),
            "rate_per_second": throttling.get("ThrottlingRateLimit"),
            "burst": throttling.get("ThrottlingBurstLimit"),
            "access_log_group": log.get("DestinationArn", "").removesuffix(":*"),
            "access_log_format": log.get("Format"),
            "tags": known_tags(live.get("Tags", {}), self.identity.tags),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        aws.apis.create_stage(
            ApiId=self.api.id, StageName=self.stage_name, Tags=self.identity.tags, **self._request()
        )
        self.read(aws)

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        if set(changed) - {"tags"}:
            aws.apis.update_stage(ApiId=self.api.id, StageName=self.stage_name, **self._request())
        if "tags" in changed:
            aws.apis.tag_resource(ResourceArn=self.arn, Tags=self.identity.tags)

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.apis.delete_stage(ApiId=self.api.id, StageName=self.stage_name)
        self.absent()

    def _request(self) -> Document:
        return {
            "AutoDeploy": True,
            "DefaultRouteSettings": {
                "ThrottlingRateLimit": self.rate_per_second,
                "ThrottlingBurstLimit": self.burst,
            },
            "AccessLogSettings": {"DestinationArn": self.log_group.arn, "Format": ACCESS_LOG_FORMAT},
        }
