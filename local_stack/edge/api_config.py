"""Reads how the HTTP API is set up, from the emulated API Gateway, and keeps it for two seconds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local_stack.edge.kept import Kept
from local_stack.edge.services import Services

STAGE = "$default"


@dataclass(frozen=True)
class ApiConfig:
    """One API with its default stage, as API Gateway's own calls describe them."""

    api: Mapping[str, Any]
    stage: Mapping[str, Any]
    routes: Sequence[Mapping[str, Any]]
    integrations: Mapping[str, Mapping[str, Any]]

    def integration_of(self, route: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the integration that a route names; KeyError when there is none."""
        return self.integrations[str(route.get("Target", "")).partition("/")[2]]


class ApiConfigs:
    """The account's HTTP APIs, found by the Host header, or as the only one."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._kept = Kept()

    def find(self, host: str) -> ApiConfig | None:
        """Return the API for a host name; None when there is none, or several and the host names none."""
        apis: list[dict[str, Any]] = self._kept.get(
            "apis", lambda: self._services.client("apigatewayv2").get_apis()["Items"]
        )
        named = [api for api in apis if host.startswith(f"{api['ApiId']}.execute-api.")]
        chosen = named or apis
        if len(chosen) != 1:
            return None
        api = chosen[0]
        return self._kept.get(api["ApiId"], lambda: self._read(api))

    def may_invoke(self, function_arn: str, qualifier: str | None, source_arn: str) -> bool:
        """Say whether the function's resource policy lets API Gateway invoke it from this route."""
        key = f"policy {function_arn} {qualifier}"
        policy = self._kept.get(key, lambda: self._policy(function_arn, qualifier))
        called = f"{function_arn}:{qualifier}" if qualifier else function_arn
        return any(_permits(statement, called, source_arn) for statement in policy)

    def _read(self, api: Mapping[str, Any]) -> ApiConfig | None:
        client, api_id = self._services.client("apigatewayv2"), api["ApiId"]
        try:
            stage = client.get_stage(ApiId=api_id, StageName=STAGE)
        except ClientError as error:
            if error.response["Error"]["Code"] == "NotFoundException":
                return None
            raise
        integrations = client.get_integrations(ApiId=api_id)["Items"]
        return ApiConfig(
            api=api,
            stage=stage,
            routes=client.get_routes(ApiId=api_id)["Items"],
            integrations={entry["IntegrationId"]: entry for entry in integrations},
        )

    def _policy(self, function_arn: str, qualifier: str | None) -> list[dict[str, Any]]:
        more = {"Qualifier": qualifier} if qualifier else {}
        try:
            answer = self._services.client("lambda").get_policy(FunctionName=function_arn, **more)
        except ClientError:
            return []  # no policy, or no function: nobody may invoke it
        return list(json.loads(answer["Policy"])["Statement"])


def _permits(statement: Mapping[str, Any], called: str, source_arn: str) -> bool:
    if statement.get("Resource") != called:  # moto keeps the policies of all versions and aliases in one
        return False
    principal = statement.get("Principal", {})
    service = principal.get("Service") if isinstance(principal, Mapping) else None
    if statement.get("Effect") != "Allow" or service != "apigateway.amazonaws.com":
        return False
    wanted = [
        value
        for conditions in (statement.get("Condition") or {}).values()
        for key, value in conditions.items()
        if key.lower() == "aws:sourcearn"
    ]
    return all(
        re.fullmatch("".join(".*" if char == "*" else re.escape(char) for char in pattern), source_arn)
        for pattern in wanted
    )
