"""How the shop's pages and pictures reach browsers: Amplify Hosting and a bucket, behind CloudFront."""

from __future__ import annotations

from dataclasses import dataclass

from provision.aws import Account
from provision.identity import identify
from provision.page_headers import cache_headers
from provision.policies.buckets import over_tls_only
from provision.policies.delivery import read_by_distribution
from provision.policies.statements import document
from provision.resource import Resource
from provision.resources.amplify import AmplifyApp, AmplifyBranch
from provision.resources.api import Api
from provision.resources.bucket import Bucket
from provision.resources.bucket_policy import BucketPolicy
from provision.resources.distribution import MEDIA_PATH, CustomAddress, Distribution
from provision.resources.headers_policy import ResponseHeadersPolicy
from provision.resources.origin_access import OriginAccessControl
from provision.settings import Settings

BRANCH = "live"
# Addresses that one page answers, which finds out what to show: frontend/storefront/src/routes.ts.
SHOWN_BY_INDEX = (
    "/categories/<*>",
    "/products/<*>",
    "/search",
    "/cart",
    "/checkout",
    "/orders/<*>",
    "/account",
)
# Every other address is a file of its own, and what is none is an error, not the first page.
RULES = (
    *({"source": source, "target": "/index.html", "status": "200"} for source in SHOWN_BY_INDEX),
    {"source": "/<*>", "target": "/404.html", "status": "404"},
)


@dataclass(frozen=True)
class Delivery:
    """Its parts in the order of making, and the one of them that others refer to."""

    resources: tuple[Resource, ...]
    distribution: Distribution


def build_delivery(
    settings: Settings, account: Account, *, media: Bucket, api: Api, sign_in_domain: str
) -> Delivery:
    """The shop's address. Its pages may speak with `api` and with sign-in, and with nobody else."""
    app = AmplifyApp(
        identity=identify(settings, "storefront"),
        description="Pages of the shop, uploaded",
        rules=RULES,
        headers=tuple(cache_headers()),
    )
    live = AmplifyBranch(identity=identify(settings, "storefront"), app=app, branch_name=BRANCH)
    access = OriginAccessControl(identity=identify(settings, "media"))
    headers = ResponseHeadersPolicy(
        identity=identify(settings, "storefront"),
        api=api,
        connect_to=(
            f"https://cognito-idp.{account.region}.amazonaws.com",
            f"https://{sign_in_domain}.auth.{account.region}.amazoncognito.com",
        ),
    )
    distribution = Distribution(
        identity=identify(settings, "storefront"),
        pages=live,
        media=media,
        access=access,
        headers=headers,
        region=account.region,
        price_class=settings.storefront_price_class,
        address=custom_address(settings),
    )
    opened = media_policy(media, distribution)
    return Delivery((app, live, access, headers, distribution, opened), distribution)


def media_policy(media: Bucket, distribution: Distribution) -> BucketPolicy:
    """The media bucket stays closed to all but this distribution, and to clear text."""
    return BucketPolicy(
        identity=media.identity,
        keep=media.keep,
        bucket=media,
        refers_to=(distribution,),
        document=lambda: document(
            [
                over_tls_only(media.planned_arn),
                read_by_distribution(media.planned_arn, MEDIA_PATH, distribution.arn),
            ]
        ),
    )


def custom_address(settings: Settings) -> CustomAddress | None:
    """The shop's own domain if the settings give one, else None: CloudFront's name for it then."""
    if not settings.storefront_domain:
        return None
    return CustomAddress(settings.storefront_domain, settings.storefront_certificate_arn)
