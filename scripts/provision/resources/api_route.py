"""The routes of an HTTP API, and who is let in on them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from provision.aws import Aws
from provision.resource import Document, LiveSettings, Resource, only_one
from provision.resources.api import Api, ApiIntegration
from provision.resources.user_pool import UserPoolClient

TOKEN_HEADER = "$request.header.Authorization"  # noqa: S105 - where a token is, not a token
# One of these is in every access token of the pool (the first after a sign-in by password, the other after
# one on the pool's own page) and in no identity token: those are for the page that asked, not for an API.
ACCESS_SCOPES = ("aws.cognito.signin.user.admin", "openid")


@dataclass(kw_only=True)
class ApiAuthorizer(Resource):
    """Lets in who signed in at the user pool: checks the token that a request brings."""

    kind: ClassVar[str] = "api authorizer"

    api: Api
    client: UserPoolClient

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "issuer": self.client.pool.issuer,
            "audience": [self.client.id],
            "token_from": [TOKEN_HEADER],
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        if not self.api.exists:
            return self.absent()
        pages = aws.apis.get_paginator("get_authorizers").paginate(ApiId=self.api.id)
        live = only_one((item for page in pages for item in page["Items"] if item["Name"] == self.name), self)
        if live is None:
            return self.absent()
        self.id = live["AuthorizerId"]
        checks = live.get("JwtConfiguration", {})
        return {
            "issuer": checks.get("Issuer"),
            "audience": sorted(checks.get("Audience", [])),
            "token_from": live.get("IdentitySource"),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = aws.apis.create_authorizer(ApiId=self.api.id, **self._request())
        self.id = made["AuthorizerId"]

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: ARG002, D102 - the call takes all of them
        aws.apis.update_authorizer(ApiId=self.api.id, AuthorizerId=self.id, **self._request())

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.apis.delete_authorizer(ApiId=self.api.id, AuthorizerId=self.id)
        self.absent()

    def _request(self) -> Document:
        return {
            "Name": self.name,
            "AuthorizerType": "JWT",
            "IdentitySource": [TOKEN_HEADER],
            "JwtConfiguration": {"Issuer": self.client.pool.issuer, "Audience": [self.client.id]},
        }


@dataclass(kw_only=True)
class ApiRoute(Resource):
    """A method and path of the API, the integration that answers it, and who may ask."""

    kind: ClassVar[str] = "api route"

    api: Api
    route_key: str  # such as `POST /v1/events`
    integration: ApiIntegration
    authorizer: ApiAuthorizer | None = None  # None: anyone

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "route_key": self.route_key,
            "target": self._target,
            "authorization": "JWT" if self.authorizer else "NONE",
            "authorizer": self.authorizer.id if self.authorizer else None,
            "scopes": sorted(ACCESS_SCOPES) if self.authorizer else [],
        }

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
            "authorizer": live.get("AuthorizerId"),
            "scopes": sorted(live.get("AuthorizationScopes") or []),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = aws.apis.create_route(ApiId=self.api.id, RouteKey=self.route_key, **self._request())
        self.id = made["RouteId"]

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: ARG002, D102 - the call takes all of them
        aws.apis.update_route(ApiId=self.api.id, RouteId=self.id, **self._request())

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.apis.delete_route(ApiId=self.api.id, RouteId=self.id)
        self.absent()

    def _request(self) -> Document:
        if self.authorizer is None:
            return {"Target": self._target, "AuthorizationType": "NONE"}
        return {
            "Target": self._target,
            "AuthorizationType": "JWT",
            "AuthorizerId": self.authorizer.id,
            "AuthorizationScopes": sorted(ACCESS_SCOPES),
        }

    @property
    def _target(self) -> str:
        return f"integrations/{self.integration.id}"
