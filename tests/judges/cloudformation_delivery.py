"""Pages, pictures and the distribution in front of both as CloudFormation has them."""

from __future__ import annotations

from typing import Any

from provision.resource import Resource
from provision.resources import (
    AmplifyApp,
    AmplifyBranch,
    ApiCors,
    Distribution,
    OriginAccessControl,
    ResponseHeadersPolicy,
)

from tests.judges.rendering import Rendered, Renderer, tags

# what the API and CloudFormation write in different letters
CERTIFICATE = {"ACMCertificateArn": "AcmCertificateArn", "SSLSupportMethod": "SslSupportMethod"}


def _amplify_app(part: AmplifyApp) -> list[Rendered]:
    live = part.wanted()
    rules = [{key.capitalize(): value for key, value in rule.items()} for rule in live["rules"]]
    properties = {
        "Name": part.name,
        "Description": live["description"],
        "Platform": live["platform"],
        "CustomRules": rules,
        "CustomHeaders": part._request()["customHeaders"],
        "Tags": tags(part),
    }
    return [Rendered("AWS::Amplify::App", properties)]


def _amplify_branch(part: AmplifyBranch) -> list[Rendered]:
    properties = {"AppId": part.app.id, "BranchName": part.branch_name, "Tags": tags(part)}
    return [Rendered("AWS::Amplify::Branch", properties)]


def _origin_access_control(part: OriginAccessControl) -> list[Rendered]:
    properties = {"OriginAccessControlConfig": {"Name": part.name, **part.wanted()}}
    return [Rendered("AWS::CloudFront::OriginAccessControl", properties)]


def _distribution(part: Distribution) -> list[Rendered]:
    config = {key: value for key, value in part.wanted().items() if key != "tags"}
    certificate = {CERTIFICATE.get(key, key): value for key, value in config["ViewerCertificate"].items()}
    properties = {
        **config,
        "IPV6Enabled": config["IsIPV6Enabled"],
        "ViewerCertificate": certificate,
        "Origins": [_origin(one) for one in config["Origins"]],
        "DefaultCacheBehavior": _behavior(config["DefaultCacheBehavior"]),
        "CacheBehaviors": [_behavior(one) for one in config["CacheBehaviors"]],
        "CustomErrorResponses": [
            {**one, "ResponseCode": int(one["ResponseCode"])} for one in config["CustomErrorResponses"]
        ],
    }
    del properties["IsIPV6Enabled"]
    rendered = {"DistributionConfig": properties, "Tags": tags(part)}
    return [Rendered("AWS::CloudFront::Distribution", rendered)]


def _behavior(live: dict[str, Any]) -> dict[str, Any]:
    methods = live["AllowedMethods"]
    return {**live, "AllowedMethods": methods["Items"], "CachedMethods": methods["CachedMethods"]}


def _origin(live: dict[str, Any]) -> dict[str, Any]:
    if "CustomOriginConfig" not in live:
        return live
    custom = dict(live["CustomOriginConfig"])
    custom["OriginSSLProtocols"] = custom.pop("OriginSslProtocols")
    return {**live, "CustomOriginConfig": custom}


def _response_headers_policy(part: ResponseHeadersPolicy) -> list[Rendered]:
    live = part.wanted()
    config = {"Name": part.name, **live, "CustomHeadersConfig": {"Items": live["CustomHeadersConfig"]}}
    properties = {"ResponseHeadersPolicyConfig": config}
    return [Rendered("AWS::CloudFront::ResponseHeadersPolicy", properties)]


def _api_cors(part: ApiCors) -> list[Rendered]:
    """A property of the API to CloudFormation, and so an API here that has nothing else."""
    properties = {"Name": part.name, "ProtocolType": "HTTP", "CorsConfiguration": part.wanted()}
    return [Rendered("AWS::ApiGatewayV2::Api", properties)]


RENDERERS: dict[type[Resource], Renderer] = {
    AmplifyApp: _amplify_app,
    AmplifyBranch: _amplify_branch,
    ApiCors: _api_cors,
    Distribution: _distribution,
    OriginAccessControl: _origin_access_control,
    ResponseHeadersPolicy: _response_headers_policy,
}
