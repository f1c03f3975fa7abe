"""What can happen to the shop's delivery behind the toolkit's back: Amplify and CloudFront."""

from collections.abc import Callable

from provision.aws import Aws
from provision.resource import Document

from tests.provision.drifts import Drift, case


def changed_config(change: Callable[[Document], None]) -> Drift:
    """A person at CloudFront's console: the whole configuration, with one thing another."""

    def drift(aws: Aws, distribution: Document) -> None:
        live = aws.delivery.get_distribution_config(Id=distribution.id)
        change(live["DistributionConfig"])
        aws.delivery.update_distribution(
            Id=distribution.id, IfMatch=live["ETag"], DistributionConfig=live["DistributionConfig"]
        )

    return drift


def speak_clear_text(config: Document) -> None:
    config["DefaultCacheBehavior"]["ViewerProtocolPolicy"] = "allow-all"


def open_bucket(config: Document) -> None:
    media = next(origin for origin in config["Origins"]["Items"] if origin["Id"] == "media")
    media["OriginAccessControlId"] = ""


def trust_old_tls(config: Document) -> None:
    pages = next(origin for origin in config["Origins"]["Items"] if origin["Id"] == "pages")
    pages["CustomOriginConfig"]["OriginSslProtocols"] = {"Quantity": 1, "Items": ["TLSv1"]}
    pages["CustomOriginConfig"]["OriginProtocolPolicy"] = "match-viewer"


def cache_by_hand(config: Document) -> None:
    media = config["CacheBehaviors"]["Items"][0]
    del media["CachePolicyId"]
    media |= {"MinTTL": 0, "ForwardedValues": {"QueryString": True, "Cookies": {"Forward": "all"}}}


def switch_off(config: Document) -> None:
    config |= {"Enabled": False, "Comment": config["Comment"], "PriceClass": "PriceClass_All"}


def loosen_headers(aws: Aws, policy: Document) -> None:
    live = aws.delivery.get_response_headers_policy(Id=policy.id)
    config = live["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
    del config["SecurityHeadersConfig"]["FrameOptions"]
    aws.delivery.update_response_headers_policy(
        Id=policy.id, IfMatch=live["ETag"], ResponseHeadersPolicyConfig=config
    )


def add_header(aws: Aws, policy: Document) -> None:
    live = aws.delivery.get_response_headers_policy(Id=policy.id)
    config = live["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
    config["CustomHeadersConfig"]["Items"].append({"Header": "X-Other", "Value": "1", "Override": False})
    config["CustomHeadersConfig"]["Quantity"] += 1
    aws.delivery.update_response_headers_policy(
        Id=policy.id, IfMatch=live["ETag"], ResponseHeadersPolicyConfig=config
    )


def sign_never(aws: Aws, access: Document) -> None:
    live = aws.delivery.get_origin_access_control(Id=access.id)
    config = {**live["OriginAccessControl"]["OriginAccessControlConfig"], "SigningBehavior": "never"}
    aws.delivery.update_origin_access_control(
        Id=access.id, IfMatch=live["ETag"], OriginAccessControlConfig=config
    )


def lose_tag(aws: Aws, thing: Document) -> None:
    aws.pages.untag_resource(resourceArn=thing.arn, tagKeys=["ManagedBy"])


CASES = [
    case(
        "amplify app",
        "storefront",
        lambda aws, app: aws.pages.update_app(
            appId=app.id, platform="WEB_COMPUTE", enableBranchAutoBuild=True, customRules=[], customHeaders=""
        ),
        *("platform", "builds_by_itself", "rules", "headers"),
    ),
    case("amplify app", "storefront", lose_tag, "tags"),
    case(
        "amplify branch",
        "storefront",
        lambda aws, branch: aws.pages.update_branch(
            appId=branch.app.id, branchName=branch.branch_name, stage="BETA", enableAutoBuild=True
        ),
        *("stage", "enableAutoBuild"),
    ),
    case("amplify branch", "storefront", lose_tag, "tags"),
    case("origin access control", "media", sign_never, "SigningBehavior"),
    case("response headers policy", "storefront", loosen_headers, "SecurityHeadersConfig"),
    case("response headers policy", "storefront", add_header, "CustomHeadersConfig"),
    case("distribution", "storefront", changed_config(speak_clear_text), "DefaultCacheBehavior"),
    case("distribution", "storefront", changed_config(open_bucket), "Origins"),
    case("distribution", "storefront", changed_config(trust_old_tls), "Origins"),
    case("distribution", "storefront", changed_config(cache_by_hand), "CacheBehaviors"),
    case("distribution", "storefront", changed_config(switch_off), "Enabled", "PriceClass"),
    case(
        "distribution",
        "storefront",
        lambda aws, distribution: aws.delivery.untag_resource(
            Resource=distribution.arn, TagKeys={"Items": ["ManagedBy"]}
        ),
        "tags",
    ),
]
