"""The public layer, the API and sign-in, as CloudFormation has it."""

from __future__ import annotations

from provision.resource import Resource
from provision.resources import (
    Api,
    ApiAuthorizer,
    ApiIntegration,
    ApiRoute,
    ApiStage,
    UserPool,
    UserPoolClient,
    UserPoolDomain,
)

from tests.judges.rendering import Rendered, Renderer


def _api(part: Api) -> list[Rendered]:
    live = part.wanted()
    properties = {
        "Name": part.name,
        "ProtocolType": live["protocol"],
        "Description": live["description"],
        **({"CorsConfiguration": live["cors"]} if live.get("cors") else {}),
        "Tags": part.identity.tags,
    }
    return [Rendered("AWS::ApiGatewayV2::Api", properties)]


def _api_integration(part: ApiIntegration) -> list[Rendered]:
    live = part.wanted()
    properties = {
        "ApiId": part.api.id,
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": live["function"],
        "PayloadFormatVersion": live["payload_format"],
        "TimeoutInMillis": live["timeout_seconds"] * 1000,
        "Description": part.name,
    }
    return [Rendered("AWS::ApiGatewayV2::Integration", properties)]


def _api_authorizer(part: ApiAuthorizer) -> list[Rendered]:
    live = part.wanted()
    properties = {
        "ApiId": part.api.id,
        "Name": part.name,
        "AuthorizerType": "JWT",
        "IdentitySource": live["token_from"],
        "JwtConfiguration": {"Issuer": live["issuer"], "Audience": live["audience"]},
    }
    return [Rendered("AWS::ApiGatewayV2::Authorizer", properties)]


def _api_route(part: ApiRoute) -> list[Rendered]:
    live = part.wanted()
    properties = {
        "ApiId": part.api.id,
        "RouteKey": live["route_key"],
        "Target": live["target"],
        "AuthorizationType": live["authorization"],
        **({"AuthorizerId": live["authorizer"]} if live["authorizer"] else {}),
        **({"AuthorizationScopes": live["scopes"]} if live["scopes"] else {}),
    }
    return [Rendered("AWS::ApiGatewayV2::Route", properties)]


def _api_stage(part: ApiStage) -> list[Rendered]:
    live = part.wanted()
    properties = {
        "ApiId": part.api.id,
        "StageName": part.stage_name,
        "AutoDeploy": live["auto_deploy"],
        "DefaultRouteSettings": {
            "ThrottlingRateLimit": live["rate_per_second"],
            "ThrottlingBurstLimit": live["burst"],
        },
        "RouteSettings": live["routes"],
        "AccessLogSettings": {
            "DestinationArn": live["access_log_group"],
            "Format": live["access_log_format"],
        },
        "Tags": live["tags"],
    }
    return [Rendered("AWS::ApiGatewayV2::Stage", properties)]


def _user_pool(part: UserPool) -> list[Rendered]:
    live = part.wanted()
    properties = {
        "UserPoolName": part.name,
        "UsernameAttributes": live["signs_in_with"],
        "UsernameConfiguration": {"CaseSensitive": live["is_case_sensitive"]},
        "AutoVerifiedAttributes": live["verifies"],
        "Policies": {"PasswordPolicy": live["password_policy"]},
        "AccountRecoverySetting": {
            "RecoveryMechanisms": [{"Name": way, "Priority": 1} for way in live["recovers_by"]]
        },
        "MfaConfiguration": live["mfa"],
        "EnabledMfas": ["SOFTWARE_TOKEN_MFA"] if live["has_authenticator_app"] else [],
        "DeletionProtection": live["deletion_protection"],
        "UserPoolTags": live["tags"],
    }
    return [Rendered("AWS::Cognito::UserPool", properties)]


def _user_pool_client(part: UserPoolClient) -> list[Rendered]:
    live = part.wanted()
    settings = {key: value for key, value in live.items() if key != "has_secret"}
    properties = {
        "UserPoolId": part.pool.id,
        "ClientName": part.name,
        "GenerateSecret": live["has_secret"],
        **settings,
    }
    return [Rendered("AWS::Cognito::UserPoolClient", properties)]


def _user_pool_domain(part: UserPoolDomain) -> list[Rendered]:
    return [Rendered("AWS::Cognito::UserPoolDomain", {"UserPoolId": part.pool.id, "Domain": part.name})]


RENDERERS: dict[type[Resource], Renderer] = {
    Api: _api,
    ApiAuthorizer: _api_authorizer,
    ApiIntegration: _api_integration,
    ApiRoute: _api_route,
    ApiStage: _api_stage,
    UserPool: _user_pool,
    UserPoolClient: _user_pool_client,
    UserPoolDomain: _user_pool_domain,
}
