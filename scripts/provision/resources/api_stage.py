"""The stage that serves an HTTP API: limits, access log, and every change live at once."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from provision.aws import Aws
from provision.normal_form import known_tags
from provision.resource import Document, LiveSettings, Resource, only_one
from provision.resources.api import Api
from provision.resources.api_route import ApiRoute
from provision.resources.log_group import LogGroup

# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
ACCESS_LOG_FIELDS = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "routeKey": "$context.routeKey",
    "status": "$context.status",
    "responseLatency": "$context.responseLatency",
    "responseLength": "$context.responseLength",
    "error": "$context.error.message",
    "integrationStatus": "$context.integrationStatus",
    "integrationLatency": "$context.integrationLatency",
    "integrationError": "$context.integrationErrorMessage",
}
# No address and no user agent: who sent what is for the raw bucket alone, as its setting says.
ACCESS_LOG_FORMAT = json.dumps(ACCESS_LOG_FIELDS)


@dataclass(frozen=True)
class RouteLimit:
    """How many requests of one route are let through: a second, and at once."""

    route: ApiRoute
    rate_per_second: int
    burst: int

    @property
    def peer(self) -> ApiRoute:
        """What it refers to."""
        return self.route

    def request(self) -> Document:
        """As API Gateway takes and returns it."""
        return {"ThrottlingRateLimit": self.rate_per_second, "ThrottlingBurstLimit": self.burst}


@dataclass(kw_only=True)
class ApiStage(Resource):
    """The stage `$default`: every change is live at once, requests are throttled and logged."""

    kind: ClassVar[str] = "api stage"

    api: Api
    log_group: LogGroup
    rate_per_second: int  # of each route without limits of its own
    burst: int
    route_limits: tuple[RouteLimit, ...]
    stage_name: str = "$default"

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "auto_deploy": True,
            "rate_per_second": self.rate_per_second,
            "burst": self.burst,
            "routes": {limit.route.route_key: limit.request() for limit in self.route_limits},
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
            "routes": live.get("RouteSettings", {}),
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
        if "routes" in changed:
            self._drop_other_routes(aws)
        if set(changed) - {"tags"}:
            aws.apis.update_stage(ApiId=self.api.id, StageName=self.stage_name, **self._request())
        if "tags" in changed:
            aws.apis.tag_resource(ResourceArn=self.arn, Tags=self.identity.tags)

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.apis.delete_stage(ApiId=self.api.id, StageName=self.stage_name)
        self.absent()

    def _drop_other_routes(self, aws: Aws) -> None:
        """A stage's update adds limits of routes, and never takes any off."""
        live = aws.apis.get_stage(ApiId=self.api.id, StageName=self.stage_name).get("RouteSettings", {})
        for route_key in live.keys() - {limit.route.route_key for limit in self.route_limits}:
            aws.apis.delete_route_settings(ApiId=self.api.id, StageName=self.stage_name, RouteKey=route_key)

    def _request(self) -> Document:
        return {
            "AutoDeploy": True,
            "RouteSettings": {limit.route.route_key: limit.request() for limit in self.route_limits},
            "DefaultRouteSettings": {
                "ThrottlingRateLimit": self.rate_per_second,
                "ThrottlingBurstLimit": self.burst,
            },
            "AccessLogSettings": {"DestinationArn": self.log_group.arn, "Format": ACCESS_LOG_FORMAT},
        }
