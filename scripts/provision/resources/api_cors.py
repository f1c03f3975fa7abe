"""Which pages may call an HTTP API from a browser; apart from it, because the shop's address comes later."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar

from provision.aws import Aws
from provision.resource import Document, LiveSettings, Resource
from provision.resources.api import Api
from provision.resources.distribution import Distribution

CORS_SECONDS = 3600  # for which a browser may remember a preflight's answer


@dataclass(kw_only=True)
class ApiCors(Resource):
    """The shop's own pages may call the API, and those of `origins`; it is a setting of the API's."""

    kind: ClassVar[str] = "api cors"

    api: Api
    shop: Distribution
    origins: tuple[str, ...]

    def wanted(self) -> LiveSettings:
        """Without credentials, because nothing here reads cookies."""
        return {
            "AllowOrigins": sorted({*self.origins, self.shop.origin}),
            "AllowMethods": ["GET", "POST"],
            "AllowHeaders": ["authorization", "content-encoding", "content-type", "idempotency-key"],
            "AllowCredentials": False,
            # browsers hide it from scripts otherwise, and the event SDK obeys it
            "ExposeHeaders": ["retry-after"],
            "MaxAge": CORS_SECONDS,
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        if not self.api.exists:
            return self.absent()
        live: Document = aws.apis.get_api(ApiId=self.api.id).get("CorsConfiguration")
        if not live:
            return self.absent()
        self.id = self.api.id
        lists = {key: sorted(live.get(key, [])) for key in ("AllowOrigins", "AllowMethods", "AllowHeaders")}
        return {
            **lists,
            "AllowCredentials": live.get("AllowCredentials", False),
            "ExposeHeaders": sorted(live.get("ExposeHeaders", [])),
            "MaxAge": live.get("MaxAge", 0),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        self._put(aws)
        self.id = self.api.id

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: ARG002, D102 - the call takes all of them
        self._put(aws)

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.apis.delete_cors_configuration(ApiId=self.api.id)
        self.absent()

    def _put(self, aws: Aws) -> None:
        configuration: Document = self.wanted()
        aws.apis.update_api(ApiId=self.api.id, CorsConfiguration=configuration)
