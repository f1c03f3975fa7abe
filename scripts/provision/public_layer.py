"""What the internet can reach: where customers sign in, and the HTTP API. Parts in the order of making."""

from __future__ import annotations

from dataclasses import dataclass

from provision.aws import Account
from provision.delivery import build_delivery
from provision.identity import identify
from provision.logs import log_group
from provision.resource import Resource
from provision.resources import (
    Api,
    ApiAuthorizer,
    ApiCors,
    ApiIntegration,
    ApiRoute,
    ApiStage,
    Bucket,
    FunctionAlias,
    LogGroup,
    UserPool,
    UserPoolClient,
    UserPoolDomain,
)
from provision.resources.api_stage import RouteLimit
from provision.routes import route_permission, shop_routes
from provision.settings import Settings

EVENTS_ROUTE, OWN_EVENTS_ROUTE = "POST /v1/events", "POST /v1/events/me"


@dataclass(frozen=True)
class Behind:
    """What stands behind the API: the live versions of the functions that answer."""

    ingest: FunctionAlias
    shop: FunctionAlias


def public_layer(settings: Settings, account: Account, behind: Behind, media: Bucket) -> list[Resource]:
    """Sign-in, the API, the shop's address; then what both say of the shop, and the API's routes.

    Pages name the API that they speak with; what API and sign-in say of the pages comes after them.
    """
    log = log_group(settings, "/aws/apigateway", "api")
    people = UserPool(identity=identify(settings, "people"), keep=True, region=account.region)
    sign_in_page = UserPoolDomain(identity=identify(settings, account.id), pool=people)
    api = Api(
        identity=identify(settings, "api"),
        account_id=account.id,
        description="Takes in events and orders from the storefront and shows it the products",
    )
    delivery = build_delivery(settings, account, media=media, api=api, sign_in_domain=sign_in_page.name)
    shop = delivery.distribution
    cors = ApiCors(
        identity=identify(settings, "api"), api=api, shop=shop, origins=settings.storefront_origins
    )
    storefront = UserPoolClient(
        identity=identify(settings, "storefront"),
        pool=people,
        shop=shop,
        return_urls=settings.sign_in_return_urls,
    )
    return [
        *(log, people, sign_in_page, api),
        *delivery.resources,
        *(cors, storefront),
        *_routes(settings, api, behind, storefront, log),
    ]


def _routes(
    settings: Settings, api: Api, behind: Behind, storefront: UserPoolClient, log: LogGroup
) -> list[Resource]:
    """Events of anyone and of who signed in go to ingest, the rest to the shop."""
    to_ingest = ApiIntegration(identity=identify(settings, "ingest"), api=api, function=behind.ingest)
    signed_in = ApiAuthorizer(identity=identify(settings, "signed-in"), api=api, client=storefront)
    events = ApiRoute(
        identity=identify(settings, "events"), api=api, route_key=EVENTS_ROUTE, integration=to_ingest
    )
    own_events = ApiRoute(
        identity=identify(settings, "events-me"),
        api=api,
        route_key=OWN_EVENTS_ROUTE,
        integration=to_ingest,
        authorizer=signed_in,
    )
    shop = shop_routes(settings, api, behind.shop, signed_in)
    return [
        *(to_ingest, signed_in, events, own_events),
        route_permission(identify(settings, "api"), behind.ingest, events),
        route_permission(identify(settings, "api-me"), behind.ingest, own_events),
        *shop.resources,
        _stage(settings, (events, own_events), shop.limits, log),
    ]


def _stage(
    settings: Settings, event_routes: tuple[ApiRoute, ...], others: tuple[RouteLimit, ...], log: LogGroup
) -> ApiStage:
    """The stage, after its routes: their limits name them."""
    return ApiStage(
        identity=identify(settings, "default"),
        api=event_routes[0].api,
        log_group=log,
        rate_per_second=settings.api_rate_per_second,
        burst=settings.api_burst,
        route_limits=(
            *(
                RouteLimit(route, settings.api_events_rate_per_second, settings.api_events_burst)
                for route in event_routes
            ),
            *others,
        ),
    )
