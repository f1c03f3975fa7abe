"""How the shop reaches browsers: headers, CloudFront's own rules, and addresses without a circle."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError
from provision import engine
from provision.aws import Account, Aws
from provision.errors import TransientError
from provision.function_zip import FunctionZip
from provision.orphans import find_orphans
from provision.page_headers import content_security_policy
from provision.resource import Document, Resource
from provision.resources import (
    AmplifyApp,
    ApiCors,
    BucketPolicy,
    Distribution,
    ResponseHeadersPolicy,
    UserPoolClient,
)
from provision.resources.api import Api
from provision.settings import Settings
from provision.stack import build_stack

from tests.provision.drifts_delivery import changed_config
from tests.provision.test_round_trip import needed_by

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"


@pytest.fixture
def stack(settings: Settings, account: Account, small_zips: dict[str, FunctionZip]) -> list[Resource]:
    return build_stack(settings, account, small_zips)


@pytest.fixture
def live(stack: list[Resource], aws: Aws) -> Distribution:
    """The distribution with all that it needs, made."""
    distribution: Distribution = one(stack, Distribution)
    for part in [*needed_by(distribution, stack), distribution]:
        part.create(aws)
    return distribution


def one(stack: list[Resource], type_: type[Resource]) -> Document:
    return next(part for part in stack if isinstance(part, type_))


def config(aws: Aws, distribution: Distribution) -> Document:
    return aws.delivery.get_distribution_config(Id=distribution.id)["DistributionConfig"]


def refused(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as error:
        call()
    return str(error.value.response["Error"]["Code"])


def test_pages_run_no_code_but_their_own_and_speak_with_api_and_sign_in_only() -> None:
    policy = content_security_policy(["https://a.example", "https://b.example"])
    directives = {name: sources for name, _, sources in (one.partition(" ") for one in policy.split("; "))}
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == "'self'"
    assert directives["connect-src"] == "'self' https://a.example https://b.example"
    assert directives["frame-ancestors"] == directives["base-uri"] == "'none'"
    assert "unsafe" not in str(directives)
    assert "*" not in str(directives)


def test_the_live_headers_name_the_live_api_and_the_sign_in_page(
    stack: list[Resource], live: Distribution, aws: Aws
) -> None:
    policy = live.headers
    found = aws.delivery.get_response_headers_policy(Id=policy.id)["ResponseHeadersPolicy"]
    security = found["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
    api: Api = one(stack, Api)
    origins = (
        f"https://{api.id}.execute-api.eu-central-1.amazonaws.com",
        "https://cloudworks-production-123456789012.auth.eu-central-1.amazoncognito.com",
        "https://cognito-idp.eu-central-1.amazonaws.com",
    )
    assert all(origin in security["ContentSecurityPolicy"]["ContentSecurityPolicy"] for origin in origins)
    assert security["FrameOptions"]["FrameOption"] == "DENY"
    assert security["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31_536_000
    assert all(header["Override"] for header in security.values())


def test_api_and_sign_in_know_the_address_that_cloudfront_gave(stack: list[Resource], aws: Aws) -> None:
    wanted = (ApiCors, UserPoolClient)
    parts = [part for part in stack if isinstance(part, wanted)]
    needed = {id(part): part for subject in parts for part in needed_by(subject, stack)}
    for part in stack:
        if id(part) in needed or part in parts:
            part.create(aws)
    origin = one(stack, Distribution).origin
    assert origin.endswith(".cloudfront.net")
    (api,) = aws.apis.get_apis()["Items"]
    assert api["CorsConfiguration"]["AllowOrigins"] == sorted(["http://localhost:3000", origin])
    client = one(stack, UserPoolClient)
    found = aws.people.describe_user_pool_client(UserPoolId=client.pool.id, ClientId=client.id)
    assert f"{origin}/" in found["UserPoolClient"]["CallbackURLs"]


def test_media_are_read_by_this_distribution_alone(
    stack: list[Resource], live: Distribution, aws: Aws
) -> None:
    policy = next(part for part in stack if isinstance(part, BucketPolicy) and part.bucket is live.media)
    policy.create(aws)
    reading = [
        statement for statement in policy.wanted()["policy"]["Statement"] if statement["Effect"] == "Allow"
    ]
    assert [statement["Condition"] for statement in reading] == [
        {"StringEquals": {"aws:SourceArn": live.arn}}
    ]
    assert [statement["Resource"] for statement in reading] == [f"{live.media.planned_arn}/media/*"]
    assert stack.index(policy) > stack.index(live)


def test_a_distribution_that_answers_cannot_be_deleted_so_ours_is_switched_off_first(
    live: Distribution, aws: Aws
) -> None:
    def delete() -> None:
        version = aws.delivery.get_distribution_config(Id=live.id)["ETag"]
        aws.delivery.delete_distribution(Id=live.id, IfMatch=version)

    assert refused(delete) == "DistributionNotDisabled"
    changed_config(lambda found: found.update(Enabled=False))(aws, live)
    assert refused(delete) == "DistributionNotDisabled"  # it is not switched off everywhere yet
    live.delete(aws)
    assert live.read(aws) is None
    assert live.domain == "(known after create)"


def test_who_waits_for_a_distribution_is_told_why(
    live: Distribution, stack: list[Resource], aws: Aws
) -> None:
    lines: list[str] = []
    engine.destroy([live], aws, lines.append, include_data=False)
    assert lines[0].startswith("[ 1/1] deleting  distribution cloudworks-production-storefront: CloudFront")
    assert lines[1].startswith("[ 1/1] deleted ")
    assert stack


def test_a_distribution_is_waited_for_until_it_is_everywhere(
    live: Distribution, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provision.resources.distribution.ROLL_OUT_TIMEOUT_SECONDS", 0.02)
    monkeypatch.setattr("provision.resources.distribution.ROLL_OUT_DELAY_SECONDS", 0.01)
    never: Document = {"Distribution": {"Status": "InProgress"}}
    monkeypatch.setattr(aws.delivery, "get_distribution", lambda **_: never)
    with pytest.raises(TransientError, match="switched off everywhere"):
        live.delete(aws)
    assert config(aws, live)["Enabled"] is False


def test_an_update_keeps_what_others_set_and_we_do_not_name(live: Distribution, aws: Aws) -> None:
    acl = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/shop/1"

    def by_others(found: Document) -> None:
        found["WebACLId"] = acl
        found["Restrictions"] = {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}}
        found["Origins"]["Items"][0]["OriginShield"] = {"Enabled": False}
        found["PriceClass"] = "PriceClass_All"

    changed_config(by_others)(aws, live)
    (change,) = engine.plan([live], aws).changes
    assert [setting.setting for setting in change.settings] == ["PriceClass"]
    live.update(aws, {"PriceClass"})
    found = config(aws, live)
    assert (found["PriceClass"], found["WebACLId"]) == ("PriceClass_100", acl)
    assert found["Restrictions"]["GeoRestriction"] == {"RestrictionType": "none", "Quantity": 0}
    assert found["Origins"]["Items"][0]["OriginShield"] == {"Enabled": False}


def test_cloudfront_says_of_each_behavior_that_no_field_of_it_is_encrypted(
    live: Distribution, aws: Aws
) -> None:
    """A scanner that misses the empty name reads no further, and takes it to speak in clear text."""
    found = config(aws, live)
    behaviors = [found["DefaultCacheBehavior"], *found["CacheBehaviors"]["Items"]]
    assert [one["FieldLevelEncryptionId"] for one in behaviors] == ["", ""]
    assert engine.plan([live], aws).is_empty


def test_what_somebody_changes_meanwhile_is_not_overwritten(live: Distribution, aws: Aws) -> None:
    seen = aws.delivery.get_distribution_config(Id=live.id)
    changed_config(lambda found: found.update(PriceClass="PriceClass_All"))(aws, live)
    request: Document = {"Id": live.id, "DistributionConfig": seen["DistributionConfig"]}
    assert (
        refused(lambda: aws.delivery.update_distribution(IfMatch=seen["ETag"], **request))
        == "PreconditionFailed"
    )


def test_a_call_that_was_answered_too_late_makes_no_second_distribution(live: Distribution, aws: Aws) -> None:
    first = live.id
    changed_config(lambda found: found.update(Comment="renamed by hand"))(aws, live)
    assert live.read(aws) is None
    live.create(aws)
    assert live.id == first
    assert live.read(aws) == live.wanted()
    assert len(aws.delivery.list_distributions()["DistributionList"]["Items"]) == 1


def test_a_reference_that_is_used_up_is_no_obstacle(
    live: Distribution, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("provision.resources.distribution.LISTING_TIMEOUT_SECONDS", 0.01)
    tags: Document = {"Items": list(live.identity.tags)}
    aws.delivery.untag_resource(Resource=live.arn, TagKeys=tags)
    first = live.id
    assert live.read(aws) is None
    live.create(aws)
    assert live.id != first
    assert live.read(aws) == live.wanted()


def test_a_domain_of_its_own_comes_with_its_certificate_and_new_tls(
    settings: Settings, account: Account, small_zips: dict[str, FunctionZip], aws: Aws
) -> None:
    own = replace(settings, storefront_domain="shop.example.com", storefront_certificate_arn=CERTIFICATE)
    plain = build_stack(settings, account, small_zips)
    before = one(plain, Distribution)
    for part in [*needed_by(before, plain), before]:
        part.create(aws)
    stack = build_stack(own, account, small_zips)
    after: Distribution = one(stack, Distribution)
    for part in needed_by(after, stack):
        part.read(aws)
    (change,) = engine.plan([after], aws).changes
    assert {setting.setting for setting in change.settings} == {"Aliases", "ViewerCertificate"}
    after.update(aws, {"Aliases", "ViewerCertificate"})
    assert after.read(aws) == after.wanted()
    certificate = config(aws, after)["ViewerCertificate"]
    assert certificate["MinimumProtocolVersion"] == "TLSv1.2_2021"
    assert "CloudFrontDefaultCertificate" not in certificate
    assert after.origin == "https://shop.example.com"


def test_an_app_of_another_environment_with_the_same_name_is_not_ours(
    stack: list[Resource], aws: Aws
) -> None:
    app: AmplifyApp = one(stack, AmplifyApp)
    for number in range(12):  # more than one page
        aws.pages.create_app(name=app.name, tags={"Project": "other", "Environment": str(number)})
    assert app.read(aws) is None
    app.create(aws)
    assert app.read(aws) == app.wanted()


def test_policies_of_others_on_further_pages_are_passed_over(live: Distribution, aws: Aws) -> None:
    for number in range(101):
        aws.delivery.create_response_headers_policy(ResponseHeadersPolicyConfig={"Name": f"other-{number}"})
    policy: ResponseHeadersPolicy = live.headers
    other = replace(policy, identity=replace(policy.identity, name="other-100"))
    assert other.read(aws) == {}
    assert policy.read(aws) == policy.wanted()


def test_a_distribution_that_the_stack_does_not_know_is_an_orphan(
    live: Distribution, stack: list[Resource], aws: Aws
) -> None:
    assert find_orphans(stack, live.identity.tags, aws) == []
    config_of_two = config(aws, live) | {"CallerReference": "by hand", "Comment": "by hand"}
    tags: Document = {"Items": [{"Key": key, "Value": value} for key, value in live.identity.tags.items()]}
    made = aws.delivery.create_distribution_with_tags(
        DistributionConfigWithTags={"DistributionConfig": config_of_two, "Tags": tags}
    )
    assert find_orphans(stack, live.identity.tags, aws) == [made["Distribution"]["ARN"]]
