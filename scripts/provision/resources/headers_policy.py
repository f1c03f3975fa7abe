"""What CloudFront adds to every answer: the headers that tell browsers what pages may do."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from provision import waiting
from provision.aws import Aws
from provision.cloudfront_form import counted, plain, put_over, shaped_like
from provision.page_headers import storefront_headers
from provision.resource import UNKNOWN, Document, LiveSettings, Resource, only_one
from provision.resources.api import Api


@dataclass(kw_only=True)
class ResponseHeadersPolicy(Resource):
    """The security headers of a shop that speaks with one API. It has no tags: its name is unique."""

    kind: ClassVar[str] = "response headers policy"

    api: Api
    connect_to: tuple[str, ...]  # origins that pages may speak with besides: sign-in

    def wanted(self) -> LiveSettings:  # noqa: D102
        api_origin = UNKNOWN
        if self.api.exists:
            region = self.api.arn.split(":")[3]
            api_origin = f"https://{self.api.id}.execute-api.{region}.amazonaws.com"
        return storefront_headers((api_origin, *self.connect_to))

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        live: Any = only_one((item for item in _listed(aws) if self._is_this(item)), self)
        if live is None:
            return self.absent()
        self.id = live["Id"]
        return {**shaped_like(plain(live["ResponseHeadersPolicyConfig"]), self.wanted())}

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = aws.delivery.create_response_headers_policy(
            ResponseHeadersPolicyConfig=counted({"Name": self.name, **self.wanted()})
        )
        self.id = made["ResponseHeadersPolicy"]["Id"]

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: ARG002, D102 - the call takes all of them
        live = aws.delivery.get_response_headers_policy(Id=self.id)
        config = plain(live["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"])
        aws.delivery.update_response_headers_policy(
            Id=self.id,
            IfMatch=live["ETag"],
            ResponseHeadersPolicyConfig=counted(put_over(config, self.wanted())),
        )

    def delete(self, aws: Aws) -> None:  # noqa: D102
        # a distribution that was just deleted may hold it a little longer
        waiting.retry_while(waiting.is_in_use, lambda: self._delete(aws))
        self.absent()

    def _delete(self, aws: Aws) -> None:
        version = aws.delivery.get_response_headers_policy(Id=self.id)["ETag"]
        aws.delivery.delete_response_headers_policy(Id=self.id, IfMatch=version)

    def _is_this(self, policy: Document) -> bool:
        return bool(policy["ResponseHeadersPolicyConfig"]["Name"] == self.name)


def _listed(aws: Aws) -> Iterator[Document]:
    """Every policy of the account's own; boto3 has no paginator for them."""
    marker: Document = {}
    while True:
        page = aws.delivery.list_response_headers_policies(Type="custom", **marker)[
            "ResponseHeadersPolicyList"
        ]
        yield from (item["ResponseHeadersPolicy"] for item in page.get("Items", []))
        if not page.get("NextMarker"):
            return
        marker = {"Marker": page["NextMarker"]}
