"""The shop's routes of the HTTP API, their limits, and what lets a route through to its function."""

from __future__ import annotations

import re
from dataclasses import dataclass

from provision.identity import Identity, identify
from provision.resource import Resource
from provision.resources import (
    Api,
    ApiAuthorizer,
    ApiIntegration,
    ApiRoute,
    FunctionAlias,
    FunctionPermission,
)
from provision.resources.api_stage import RouteLimit
from provision.settings import Settings

# the last part of its name → the route
SHOP_ROUTES = {
    "shop-health": "GET /v1/health",
    "shop-categories": "GET /v1/categories",
    "shop-products": "GET /v1/products",
    "shop-product": "GET /v1/products/{product_id}",
    "shop-orders-place": "POST /v1/orders",
    "shop-orders": "GET /v1/orders",
    "shop-order": "GET /v1/orders/{order_id}",
}
# for who signed in alone; what they may see is for the function to say, by the token's claims
OWN_ROUTES = {"shop-orders-place", "shop-orders", "shop-order"}


@dataclass(frozen=True)
class ShopRoutes:
    """What the API needs to hand requests to the shop."""

    resources: tuple[Resource, ...]
    limits: tuple[RouteLimit, ...]


def shop_routes(
    settings: Settings, api: Api, live_shop: FunctionAlias, signed_in: ApiAuthorizer
) -> ShopRoutes:
    """The shop's routes: products for anyone, orders for who signed in, each with limits of its own."""
    to_shop = ApiIntegration(identity=identify(settings, "shop"), api=api, function=live_shop)
    routes = {
        name: ApiRoute(
            identity=identify(settings, name),
            api=api,
            route_key=key,
            integration=to_shop,
            authorizer=signed_in if name in OWN_ROUTES else None,
        )
        for name, key in SHOP_ROUTES.items()
    }
    permissions = [
        route_permission(identify(settings, name), live_shop, route) for name, route in routes.items()
    ]
    limits = tuple(
        RouteLimit(route, settings.api_shop_rate_per_second, settings.api_shop_burst)
        for route in routes.values()
    )
    return ShopRoutes((to_shop, *routes.values(), *permissions), limits)


def route_permission(identity: Identity, function: FunctionAlias, route: ApiRoute) -> FunctionPermission:
    """The API may invoke the function from this route, and from no other.

    A variable of the route's path stands as a star, as AWS's own tools write it.
    """
    return FunctionPermission(
        identity=identity,
        function=function,
        principal="apigateway.amazonaws.com",
        source=route.api,
        source_path="/*/" + re.sub(r"\{[^}]+\}", "*", route.route_key.replace(" ", "")),
    )
