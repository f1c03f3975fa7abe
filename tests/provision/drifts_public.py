"""What can happen to the public layer behind the toolkit's back: sign-in and the HTTP API."""

from provision.aws import Aws
from provision.resource import Document

from tests.provision.drifts import Drift, case


def open_pool(aws: Aws, pool: Document) -> None:
    aws.people.update_user_pool(
        UserPoolId=pool.id,
        Policies={"PasswordPolicy": {"MinimumLength": 6}},
        DeletionProtection="INACTIVE",
        UserPoolTags=pool.identity.tags,
    )


def changed_route(**settings: Document) -> Drift:
    """The route's settings are others."""
    return lambda aws, route: aws.apis.update_route(ApiId=route.api.id, RouteId=route.id, **settings)


def changed_stage(**settings: Document) -> Drift:
    """The stage's settings are others."""
    return lambda aws, stage: aws.apis.update_stage(ApiId=stage.api.id, StageName="$default", **settings)


CASES = [
    case(
        "user pool", "people", open_pool, "password_policy", "deletion_protection", "verifies", "recovers_by"
    ),
    case(
        "user pool",
        "people",
        lambda aws, pool: aws.people.set_user_pool_mfa_config(UserPoolId=pool.id, MfaConfiguration="OFF"),
        "mfa",
        "has_authenticator_app",
    ),
    case(
        "user pool client",
        "storefront",
        lambda aws, client: aws.people.update_user_pool_client(
            UserPoolId=client.pool.id,
            ClientId=client.id,
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
            AccessTokenValidity=1440,
        ),
        "ExplicitAuthFlows",
        "AccessTokenValidity",
    ),
    case(
        "api authorizer",
        "signed-in",
        lambda aws, authorizer: aws.apis.update_authorizer(
            ApiId=authorizer.api.id,
            AuthorizerId=authorizer.id,
            JwtConfiguration={"Audience": ["other"], "Issuer": "https://other.example"},
        ),
        "audience",
        "issuer",
    ),
    case(
        "api route",
        "events-me",
        changed_route(AuthorizationType="NONE", AuthorizationScopes=["x"]),
        "authorization",
        "scopes",
    ),
    case(
        "http api",
        "api",
        lambda aws, api: aws.apis.update_api(ApiId=api.id, Description="other"),
        "description",
    ),
    case(
        "api cors",
        "api",
        lambda aws, cors: aws.apis.update_api(ApiId=cors.api.id, CorsConfiguration={"AllowOrigins": ["*"]}),
        *("AllowOrigins", "AllowMethods", "AllowHeaders", "ExposeHeaders", "MaxAge"),
    ),
    case(
        "api integration",
        "ingest",
        lambda aws, integration: aws.apis.update_integration(
            ApiId=integration.api.id, IntegrationId=integration.id, TimeoutInMillis=1000
        ),
        "timeout_seconds",
    ),
    case("api route", "events", changed_route(Target="integrations/x"), "target"),
    case(
        "api stage",
        "default",
        changed_stage(DefaultRouteSettings={"ThrottlingBurstLimit": 5000, "ThrottlingRateLimit": 10000}),
        "burst",
        "rate_per_second",
    ),
    case(
        "api stage",
        "default",
        changed_stage(RouteSettings={"POST /other": {"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 1}}),
        "routes",
    ),
]
