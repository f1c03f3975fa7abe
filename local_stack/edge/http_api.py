"""API Gateway's HTTP API on loopback: routes, CORS, throttling, JWT, and the deployed function behind them.

It stands in for `https://<api>.execute-api.<region>.amazonaws.com`: configuration comes from the emulated
API Gateway, functions are invoked through the emulated Lambda with payload format 2.0, and only when their
resource policy permits. It closes moto's gap that an API can be configured but not called.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

from local_stack.edge import cors
from local_stack.edge.access_log import AccessLog
from local_stack.edge.api_config import STAGE, ApiConfig, ApiConfigs
from local_stack.edge.distributions import Distributions
from local_stack.edge.jwt_authorizer import JwtAuthorizer
from local_stack.edge.payload import HttpRequest, HttpResponse, Target, event_of, response_of
from local_stack.edge.routes import Route, route_of
from local_stack.edge.services import Services
from local_stack.edge.throttle import Throttle, limits_of
from local_stack.names import on_this_machine
from local_stack.parts import HEALTH_PATH

MOST_BODY_BYTES = 10 * 2**20
MOST_EVENT_BYTES = 6 * 2**20
MESSAGES = {
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class HttpApi:
    """A WSGI application; every request is answered, and what AWS would not say is in our own log."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._configs = ApiConfigs(services)
        self._distributions = Distributions(services)
        self._throttle = Throttle()
        self._jwt = JwtAuthorizer(services.state.aws_endpoint_url)
        self._access_log = AccessLog(services)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one HTTP request."""
        if environ["PATH_INFO"] == HEALTH_PATH:
            start_response("200 OK", [("Content-Length", "0")])
            return [b""]
        request = _request_of(environ)
        try:
            response = self.answer(request)
        except Exception as error:  # API Gateway answers 500 to whatever goes wrong behind it
            print(f"edge: {request.method} {request.path}: {error!r}", flush=True)
            response = _message(500)
        headers = [(name, value) for name, value in response.headers.items() if name != "content-length"]
        headers += [("set-cookie", cookie) for cookie in response.cookies]
        headers += [("apigw-requestid", request.request_id), ("content-length", str(len(response.body)))]
        start_response(f"{response.status} {MESSAGES.get(response.status, 'Status')}", headers)
        return [response.body]

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Return the API's answer, and write the access log."""
        config = self._configs.find(request.headers.get("host", ""))
        if config is None:
            print("edge: there must be exactly one HTTP API with a $default stage, and is not", flush=True)
            return _message(404)
        configured = self._cors_of(config)
        response = cors.preflight_of(configured, request)
        route, variables = route_of(config.routes, request.method, request.path)
        if response is None:
            response = self._routed(config, request, route, variables)
            own = {
                name: value
                for name, value in response.headers.items()
                if not (configured and name.startswith("access-control-"))
            }
            response = replace(response, headers={**own, **cors.headers_of(configured, request)})
        self._access_log.add(config.stage.get("AccessLogSettings"), _log_context(request, response, route))
        return response

    def _cors_of(self, config: ApiConfig) -> dict[str, Any]:
        """What browsers may do, with the shop's address as a browser on this machine has it."""
        configured: dict[str, Any] = config.api.get("CorsConfiguration") or {}
        if not configured.get("AllowOrigins"):
            return configured
        distribution = self._distributions.find()
        aliases = distribution.aliases if distribution else ()
        origins = [
            on_this_machine(self._services.state, origin, aliases) for origin in configured["AllowOrigins"]
        ]
        return {**configured, "AllowOrigins": origins}

    def _routed(
        self, config: ApiConfig, request: HttpRequest, route: Route | None, variables: dict[str, str]
    ) -> HttpResponse:
        if route is None:
            return _message(404)
        if len(request.body) > MOST_BODY_BYTES:
            return _message(413)
        status, token = self._authorized(config, route, request)
        if status != 200:
            return _message(status)
        bucket = f"{config.api['ApiId']} {route['RouteKey']}"
        if self._throttle.is_over(bucket, limits_of(config.stage, route["RouteKey"])):
            return _message(429)
        state = self._services.state
        target = Target(
            account=state.aws_account_id,
            region=state.aws_region,
            api_id=config.api["ApiId"],
            stage=STAGE,
            route_key=route["RouteKey"],
            path_variables=variables,
            jwt=token,
        )
        return self._integrated(config.integration_of(route), request, target)

    def _authorized(
        self, config: ApiConfig, route: Route, request: HttpRequest
    ) -> tuple[int, dict[str, Any] | None]:
        kind = route.get("AuthorizationType", "NONE")
        if kind == "NONE":
            return 200, None
        if kind != "JWT":
            print(f"edge: authorization {kind} of {route['RouteKey']} is not done here", flush=True)
            return 500, None
        authorizer = self._services.client("apigatewayv2").get_authorizer(
            ApiId=config.api["ApiId"], AuthorizerId=route["AuthorizerId"]
        )
        return self._jwt.check(authorizer, list(route.get("AuthorizationScopes") or []), request.headers)

    def _integrated(
        self, integration: Mapping[str, Any], request: HttpRequest, target: Target
    ) -> HttpResponse:
        function_arn, qualifier = function_of(integration["IntegrationUri"])
        if not self._configs.may_invoke(function_arn, qualifier, source_arn_of(target)):
            print(f"edge: the policy of {function_arn} must allow {source_arn_of(target)}", flush=True)
            return _message(500)
        event = json.dumps(event_of(request, target)).encode()
        if len(event) > MOST_EVENT_BYTES:
            return _message(413)
        timeout_seconds = float(integration.get("TimeoutInMillis") or 30_000) / 1000
        more = {"Qualifier": qualifier} if qualifier else {}
        try:
            client = self._services.client("lambda", timeout_seconds)
            answer = client.invoke(FunctionName=function_arn, Payload=event, **more)
            payload = answer["Payload"].read()
        except ReadTimeoutError:
            return _message(503)
        except (BotoCoreError, ClientError) as error:
            print(f"edge: invoking {function_arn}: {error}", flush=True)
            return _message(500)
        if "FunctionError" in answer:
            print(f"edge: {function_arn} failed: {payload[:500].decode(errors='replace')}", flush=True)
            return _message(500)
        return response_of(payload)


def function_of(integration_uri: str) -> tuple[str, str | None]:
    """Return the function's ARN and qualifier, from either form of an integration's URI."""
    found = re.search(r":path/[\d-]+/functions/(.+)/invocations", integration_uri)
    parts = (found[1] if found else integration_uri).split(":")
    return ":".join(parts[:7]), parts[7] if len(parts) > 7 else None


def source_arn_of(target: Target) -> str:
    """Return the execute-api ARN of a route, as Lambda's resource policies see it."""
    key = target.route_key if target.route_key == "$default" else target.route_key.replace(" ", "", 1)
    return f"arn:aws:execute-api:{target.region}:{target.account}:{target.api_id}/{target.stage}/{key}"


def _request_of(environ: Mapping[str, Any]) -> HttpRequest:
    headers = {
        name[5:].replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = str(environ[name])
    headers.pop("transfer-encoding", None)
    return HttpRequest(
        method=environ["REQUEST_METHOD"],
        path=unquote(str(environ["REQUEST_URI"]).partition("?")[0]),
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=environ["wsgi.input"].read(MOST_BODY_BYTES + 1),
        source_ip=environ["REMOTE_ADDR"],
        request_id=str(uuid.uuid4()),
        received_at=time.time(),
    )


def _message(status: int) -> HttpResponse:
    body = json.dumps({"message": MESSAGES[status]}).encode()
    return HttpResponse(status, {"content-type": "application/json"}, body)


def _log_context(request: HttpRequest, response: HttpResponse, route: Route | None) -> dict[str, object]:
    return {
        "requestId": request.request_id,
        "identity.sourceIp": request.source_ip,
        "identity.userAgent": request.headers.get("user-agent", "-"),
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(request.received_at)),
        "requestTimeEpoch": int(request.received_at * 1000),
        "httpMethod": request.method,
        "path": request.path,
        "protocol": "HTTP/1.1",
        "routeKey": route["RouteKey"] if route else "-",
        "status": response.status,
        "responseLength": len(response.body),
        "responseLatency": int((time.time() - request.received_at) * 1000),
        "integrationLatency": int((time.time() - request.received_at) * 1000),
    }
