"""CloudFront: the shop's address, in front of its pages and its pictures."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from provision import waiting
from provision.aws import Aws, error_code
from provision.cloudfront_form import counted, plain, put_over, shaped_like
from provision.errors import TransientError
from provision.normal_form import known_tags, tag_pairs, tags_of_pairs
from provision.resource import UNKNOWN, Document, LiveSettings, Resource, only_one
from provision.resources.amplify import AmplifyBranch
from provision.resources.bucket import Bucket
from provision.resources.headers_policy import ResponseHeadersPolicy
from provision.resources.origin_access import OriginAccessControl

# AWS's own cache policy CachingOptimized: no cookie, query or header is part of the key or sent on, so that
# the origin sees its own host name; how long something is kept is what the origin says.
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"
MEDIA_PATH = "media"  # pictures are below it, in addresses and in the bucket
ERROR_SECONDS = 10  # for which CloudFront remembers that something is missing
# Every place where CloudFront answers hears of a change within minutes, seldom half an hour.
ROLL_OUT_TIMEOUT_SECONDS = 40 * 60
ROLL_OUT_DELAY_SECONDS = 15
LISTING_TIMEOUT_SECONDS = 60  # after which a distribution that exists is in the list


@dataclass(frozen=True)
class CustomAddress:
    """The shop's own domain name, and the certificate for it, which must lie in us-east-1."""

    domain: str
    certificate_arn: str


@dataclass(kw_only=True)
class Distribution(Resource):
    """Pages from Amplify, `/media/*` from a closed bucket. Its comment is its name, beside its tags.

    An update keeps what others set and we do not name, such as a web ACL.
    """

    kind: ClassVar[str] = "distribution"
    slow_to_delete: ClassVar[str] = "CloudFront stops answering everywhere first: 5 to 20 minutes"

    pages: AmplifyBranch
    media: Bucket
    access: OriginAccessControl
    headers: ResponseHeadersPolicy
    region: str  # of the bucket
    price_class: str
    address: CustomAddress | None = None
    domain: str = field(default=UNKNOWN, init=False)  # CloudFront's own name for it

    @property
    def origin(self) -> str:
        """The origin of the shop's pages, as browsers name it."""
        return f"https://{self.address.domain if self.address else self.domain}"

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {**self._config(), "tags": self.identity.tags}

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        found = self._find(aws, by_comment=True)
        if found is None:
            self.domain = UNKNOWN
            return self.absent()
        self._found(found)
        live = aws.delivery.get_distribution_config(Id=self.id)["DistributionConfig"]
        tags = known_tags(_tags(aws, self.arn), self.identity.tags)
        return {**shaped_like(plain(live), self._config()), "tags": tags}

    def create(self, aws: Aws) -> None:  # noqa: D102
        try:
            made = self._create(aws, self.name)
        except ClientError as error:
            if error_code(error) != "DistributionAlreadyExists":
                raise
            # An earlier call was answered too late, or one of ours lost its comment: it is found by its tags.
            if self._is_found_by_tags(aws):
                self.update(aws, self.wanted().keys())
                return
            # Else the reference is that of one that is gone.
            made = self._create(aws, f"{self.name}-{time.time_ns()}")
        self._found(made)

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        if "tags" in changed:
            tags: Any = {"Items": tag_pairs(self.identity.tags)}
            aws.delivery.tag_resource(Resource=self.arn, Tags=tags)
        if set(changed) - {"tags"}:
            self._put(aws, self._config())

    def delete(self, aws: Aws) -> None:  # noqa: D102
        self._put(aws, {"Enabled": False})
        waiting.wait_until(
            lambda: aws.delivery.get_distribution(Id=self.id)["Distribution"]["Status"] == "Deployed",
            f"{self.kind} {self.name} switched off everywhere",
            timeout_seconds=ROLL_OUT_TIMEOUT_SECONDS,
            delay_seconds=ROLL_OUT_DELAY_SECONDS,
        )
        version = aws.delivery.get_distribution_config(Id=self.id)["ETag"]
        aws.delivery.delete_distribution(Id=self.id, IfMatch=version)
        self.domain = UNKNOWN
        self.absent()

    def _create(self, aws: Aws, reference: str) -> Document:
        """CloudFront makes one for a reference, however often it is asked."""
        config = counted({"CallerReference": reference, **self._config()})
        tags: Any = {"Items": tag_pairs(self.identity.tags)}
        made = aws.delivery.create_distribution_with_tags(
            DistributionConfigWithTags={"DistributionConfig": config, "Tags": tags}
        )
        return made["Distribution"]

    def _put(self, aws: Aws, ours: Document) -> None:
        """The live configuration with ours over it; refused when somebody changed it in between."""
        live = aws.delivery.get_distribution_config(Id=self.id)
        config = counted(put_over(plain(live["DistributionConfig"]), ours))
        aws.delivery.update_distribution(Id=self.id, IfMatch=live["ETag"], DistributionConfig=config)

    def _find(self, aws: Aws, *, by_comment: bool) -> Document | None:
        """The one with our tags (ManagedBy may be lost and is then put back), and our comment if wanted."""
        pages = aws.delivery.get_paginator("list_distributions").paginate()
        listed = [item for page in pages for item in page["DistributionList"].get("Items", [])]
        named = [item for item in listed if item["Comment"] == self.name or not by_comment]
        return only_one((item for item in named if self._is_ours(_tags(aws, item["ARN"]))), self)

    def _is_found_by_tags(self, aws: Aws) -> bool:
        """Whether it is there after all; a new one may take some seconds to be listed."""

        def look() -> bool:
            found = self._find(aws, by_comment=False)
            if found:
                self._found(found)
            return found is not None

        try:
            waiting.wait_until(
                look, f"{self.kind} {self.name} listed", timeout_seconds=LISTING_TIMEOUT_SECONDS
            )
        except TransientError:
            return False
        return True

    def _is_ours(self, tags: dict[str, str]) -> bool:
        return all(tags.get(key) == self.identity.tags[key] for key in ("Project", "Environment"))

    def _found(self, live: Document) -> None:
        self.id, self.arn, self.domain = live["Id"], live["ARN"], live["DomainName"]

    def _config(self) -> Document:
        """What we decide on, in CloudFront's own names, with lists as lists."""
        return {
            "Comment": self.name,
            "Enabled": True,
            "Aliases": [self.address.domain] if self.address else [],
            "ViewerCertificate": self._certificate(),
            "HttpVersion": "http2and3",
            "IsIPV6Enabled": True,
            "PriceClass": self.price_class,
            "DefaultRootObject": "index.html",
            "Origins": [self._media_origin(), self._pages_origin()],
            "DefaultCacheBehavior": self._behavior("pages"),
            "CacheBehaviors": [{"PathPattern": f"/{MEDIA_PATH}/*", **self._behavior("media")}],
            # S3 says 403 of a missing object to who may not list the bucket
            "CustomErrorResponses": [
                {
                    "ErrorCode": 403,
                    "ResponsePagePath": "/404.html",
                    "ResponseCode": "404",
                    "ErrorCachingMinTTL": ERROR_SECONDS,
                }
            ],
        }

    def _certificate(self) -> Document:
        """CloudFront's own, for its own domain, leaves no choice of the oldest TLS that is spoken."""
        if not self.address:
            return {"CloudFrontDefaultCertificate": True}
        return {
            "ACMCertificateArn": self.address.certificate_arn,
            "SSLSupportMethod": "sni-only",
            "MinimumProtocolVersion": "TLSv1.2_2021",
        }

    def _pages_origin(self) -> Document:
        return {
            "Id": "pages",
            "DomainName": self.pages.host,
            "CustomOriginConfig": {
                "HTTPPort": 80,
                "HTTPSPort": 443,
                "OriginProtocolPolicy": "https-only",
                "OriginSslProtocols": ["TLSv1.2"],
            },
        }

    def _media_origin(self) -> Document:
        return {
            "Id": "media",
            "DomainName": f"{self.media.name}.s3.{self.region}.amazonaws.com",
            "S3OriginConfig": {"OriginAccessIdentity": ""},
            "OriginAccessControlId": self.access.id,
        }

    def _behavior(self, origin: str) -> Document:
        reading = ["GET", "HEAD"]
        return {
            "TargetOriginId": origin,
            "ViewerProtocolPolicy": "redirect-to-https",
            "AllowedMethods": {"Items": reading, "CachedMethods": reading},
            "Compress": True,
            "CachePolicyId": CACHING_OPTIMIZED,
            "ResponseHeadersPolicyId": self.headers.id,
        }


def _tags(aws: Aws, arn: str) -> dict[str, str]:
    return tags_of_pairs(aws.delivery.list_tags_for_resource(Resource=arn)["Tags"].get("Items", []))
