"""Adds to moto 5.2.5 what the estate needs and moto lacks. Each function names its gap."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from moto import backends
from moto.apigatewayv2 import urls
from moto.apigatewayv2.responses import ApiGatewayV2Response
from moto.awslambda.models import LambdaFunction
from moto.cognitoidp.models import CognitoIdpUserPool
from moto.core.authorization import ActionAuthenticatorMixin
from moto.ec2.models import ec2_backends
from werkzeug.exceptions import HTTPException

from local_stack.aws import (
    gaps_catalog,
    gaps_delivery,
    gaps_functions,
    gaps_hosts,
    gaps_network,
    gaps_sessions,
    gaps_spark,
    gaps_storage,
    gaps_watching,
)
from local_stack.aws.moto_types import Moto, replace_methods

_STAGE_SETTINGS = {
    "accessLogSettings": "access_log_settings",
    "autoDeploy": "auto_deploy",
    "defaultRouteSettings": "default_route_settings",
    "description": "description",
    "routeSettings": "route_settings",
    "stageVariables": "stage_variables",
}


def install() -> None:
    """Put every gap's filling in place."""
    replace_methods(
        ApiGatewayV2Response,
        get_authorizers=_get_authorizers,
        update_stage=_update_stage,
        delete_access_log_settings=_delete_access_log_settings,
    )
    replace_methods(LambdaFunction, vpc_config=property(_vpc_config))
    _keep_dead_letter_config()
    gaps_network.install()
    gaps_functions.install()
    gaps_hosts.install()
    gaps_sessions.install()
    gaps_delivery.install()
    gaps_storage.install()
    gaps_catalog.install()
    gaps_spark.install()
    gaps_watching.install()
    _serve_route_settings()
    _keep_fixed_settings_of_pools()
    _open_calls_of_people()
    _list_services_once()


def _list_services_once() -> None:
    """moto lists its own folder for every request, which takes a third of a request's time."""
    found = tuple(backends.list_of_moto_modules())
    vars(backends)["list_of_moto_modules"] = lambda: found


def _answer(document: Moto, status: int = 200) -> tuple[int, dict[str, str], str]:
    return status, {"Content-Type": "application/json"}, json.dumps(document)


def _stage_of(response: Moto, stage_part: int) -> Moto:
    parts = response.path.strip("/").split("/")  # v2/apis/<api>/stages/<stage>/…
    return response.apigatewayv2_backend.get_stage(parts[2], unquote(parts[stage_part]))


def _get_authorizers(response: Moto) -> tuple[int, dict[str, str], str]:
    """moto has no list of authorizers, only one by its id."""
    api = response.apigatewayv2_backend.get_api(response.path.strip("/").split("/")[2])
    return _answer({"items": [authorizer.to_json() for authorizer in api.authorizers.values()]})


def _update_stage(response: Moto) -> tuple[int, dict[str, str], str]:
    """moto can create a stage but not change one."""
    stage = _stage_of(response, 4)
    wanted = json.loads(response.body)
    if "routeSettings" in wanted:  # those of other routes stay
        wanted["routeSettings"] = {**(stage.route_settings or {}), **wanted["routeSettings"]}
    for name, attribute in _STAGE_SETTINGS.items():
        if name in wanted:
            setattr(stage, attribute, wanted[name])
    return _answer(stage.to_json())


def _delete_route_settings(response: Moto) -> tuple[int, dict[str, str], str]:
    """moto cannot take one route's settings off a stage."""
    stage = _stage_of(response, 4)
    (stage.route_settings or {}).pop(unquote(response.path).partition("/routesettings/")[2], None)
    return 204, {}, ""


def _keep_fixed_settings_of_pools() -> None:
    """moto forgets, in an update, how people sign in and how names compare; AWS lets nobody change that."""
    update = CognitoIdpUserPool.update_extended_config

    def updated(pool: Moto, wanted: dict[str, Any]) -> None:
        before = getattr(pool, "extended_config", {})
        kept = {
            name: before[name] for name in ("UsernameAttributes", "UsernameConfiguration") if name in before
        }
        update(pool, {**kept, **wanted})

    replace_methods(CognitoIdpUserPool, update_extended_config=updated)


def _open_calls_of_people() -> None:
    """moto wants a signature where AWS takes none: the calls that a person's own browser makes."""
    names = (
        *("AssociateSoftwareToken", "ChangePassword", "ConfirmForgotPassword", "GlobalSignOut"),
        *("ResendConfirmationCode", "RespondToAuthChallenge", "RevokeToken", "SetUserMFAPreference"),
        *("UpdateUserAttributes", "VerifySoftwareToken"),
    )
    wanted = [f"AWSCognitoIdentityProviderService.{name}" for name in names]
    known = ActionAuthenticatorMixin.PUBLIC_OPERATIONS
    known += [name for name in wanted if name not in known]


def _serve_route_settings() -> None:
    """moto has no address for them; a route's key has a slash in it, which moto sees decoded."""

    def served(request: Moto, full_url: str, headers: Moto) -> tuple[int, dict[str, str], str]:
        response = ApiGatewayV2Response()
        response.setup_class(request, full_url, headers)
        try:
            response._authenticate_and_authorize_normal_action("*")
        except HTTPException as refused:
            return refused.code or 403, {"Content-Type": "application/json"}, refused.description or ""
        return _delete_route_settings(response)

    stages = next(path for path in urls.url_paths if path.endswith("/stages/(?P<stage_name>[^/]+)$"))
    urls.url_paths[stages.removesuffix("$") + "/routesettings/(?P<route_key>.+)$"] = served


def _delete_access_log_settings(response: Moto) -> tuple[int, dict[str, str], str]:
    """moto cannot switch a stage's access log off."""
    _stage_of(response, 4).access_log_settings = None
    return 204, {}, ""


def _vpc_config(function: Moto) -> dict[str, Any] | None:
    """moto answers with a constant VpcId, and with the request's missing lists missing."""
    config = function._vpc_config
    if not config or not config.get("SubnetIds"):
        return {"SubnetIds": [], "SecurityGroupIds": [], "VpcId": "", "Ipv6AllowedForDualStack": False}
    backend = ec2_backends[function.account_id][function.region]
    vpc_ids = [
        subnets[config["SubnetIds"][0]].vpc_id
        for subnets in backend.subnets.values()
        if config["SubnetIds"][0] in subnets
    ]
    return {
        "SubnetIds": list(config["SubnetIds"]),
        "SecurityGroupIds": list(config.get("SecurityGroupIds") or []),
        "VpcId": vpc_ids[0] if vpc_ids else "",
        "Ipv6AllowedForDualStack": bool(config.get("Ipv6AllowedForDualStack")),
    }


def _keep_dead_letter_config() -> None:
    """moto drops a function's dead-letter target, which AWS reads back, from create and from update."""
    create, update, read = (
        LambdaFunction.__init__,
        LambdaFunction.update_configuration,
        LambdaFunction.get_configuration,
    )

    def created(function: Moto, account_id: str, spec: dict[str, Any], *rest: Moto, **more: Moto) -> None:
        create(function, account_id, spec, *rest, **more)
        function.dead_letter_config = spec.get("DeadLetterConfig") or {}

    def updated(function: Moto, changes: dict[str, Any]) -> Moto:
        if "DeadLetterConfig" in changes:
            function.dead_letter_config = changes["DeadLetterConfig"] or {}
        update(function, changes)
        return function.get_configuration()

    def configuration(function: Moto, *rest: Moto, **more: Moto) -> dict[str, Any]:
        found: dict[str, Any] = read(function, *rest, **more)
        config = getattr(function, "dead_letter_config", {})
        return {**found, "DeadLetterConfig": config} if config.get("TargetArn") else found

    replace_methods(
        LambdaFunction, __init__=created, update_configuration=updated, get_configuration=configuration
    )
