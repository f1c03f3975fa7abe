"""Adds to moto 5.2.5 what CloudFront and Amplify need and moto lacks. Each function names its gap."""

from __future__ import annotations

import copy
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from moto import backend_index
from moto.cloudfront import urls
from moto.cloudfront.models import (
    CloudFrontBackend,
    DistributionConfig,
    OriginAccessControl,
    random_id,
)
from moto.cloudfront.responses import CloudFrontResponse
from moto.core.exceptions import ServiceException
from moto.core.responses import ActionResult, EmptyResult

from local_stack.aws import amplify
from local_stack.aws.moto_types import Moto, replace_methods

_POLICIES = "{0}/2020-05-31/response-headers-policy"
_PAGE_SIZE = 100


class CloudFrontError(ServiceException):
    """An error by CloudFront's own name for it. moto takes the service from the module of the class."""


def install() -> None:
    """Put every gap's filling in place; a second call changes nothing."""
    if "moto.amplify" in sys.modules:
        return
    _serve_amplify()
    _keep_configurations()
    _keep_order_of_changes()
    _keep_access_controls()
    _serve_headers_policies()


def _serve_amplify() -> None:
    """moto has nothing of Amplify; it finds services by the name of a module of its own."""
    sys.modules["moto.amplify"] = amplify
    backend_index.backend_url_patterns.append(
        ("amplify", re.compile(r"https?://amplify\.(.+)\.amazonaws\.com"))
    )


def _keep_configurations() -> None:
    """moto rebuilds a distribution's configuration from parts it knows, and drops all others.

    What CloudFront adds to each cache behavior, an empty name of field-level encryption, is added here.
    """
    build = DistributionConfig.__init__

    def built(config: Moto, given: dict[str, Any]) -> None:
        kept = copy.deepcopy(given)
        build(config, given)  # refuses what has no origin, and adds what AWS adds
        for behavior in (kept["DefaultCacheBehavior"], *(kept.get("CacheBehaviors", {}).get("Items") or ())):
            behavior.setdefault("FieldLevelEncryptionId", "")
        config.__dict__.update(kept)

    replace_methods(DistributionConfig, __init__=built)


def _keep_order_of_changes() -> None:
    """moto changes a distribution without asking which version is meant, and deletes one that is in use."""
    update, delete, get = (
        CloudFrontBackend.update_distribution,
        CloudFrontBackend.delete_distribution,
        CloudFrontBackend.get_distribution,
    )

    def updated(backend: Moto, dist_config: dict[str, Any], _id: str, if_match: str) -> Moto:
        distribution = _seen(backend.distributions.get(_id), "Distribution", if_match)
        reference = distribution.distribution_config.caller_reference
        if dist_config.get("CallerReference") != reference:
            raise CloudFrontError("IllegalUpdate", "The caller reference can't be changed.")
        _, location, _ = update(backend, dist_config, _id, True)
        distribution.etag, distribution.is_rolling_out = random_id(), True
        return distribution, location, distribution.etag

    def got(backend: Moto, distribution_id: str) -> Moto:
        """It is everywhere when somebody looks: tests wait for nothing."""
        found: Moto
        found, etag = get(backend, distribution_id)
        found.is_rolling_out = False
        return found, etag

    def deleted(backend: Moto, distribution_id: str, if_match: str) -> None:
        found = _seen(backend.distributions.get(distribution_id), "Distribution", if_match)
        # a new one is on its way, too
        if found.distribution_config.Enabled or getattr(found, "is_rolling_out", True):
            raise CloudFrontError(
                "DistributionNotDisabled",
                "The distribution you are trying to delete has not been disabled.",
            )
        backend.tagger.delete_all_tags_for_resource(found.arn)
        delete(backend, distribution_id, True)

    replace_methods(
        CloudFrontBackend, update_distribution=updated, get_distribution=got, delete_distribution=deleted
    )


def _keep_access_controls() -> None:
    """moto takes an access control's name twice, any version of it, and deletes one that is in use."""
    create, update, delete = (
        CloudFrontBackend.create_origin_access_control,
        CloudFrontResponse.update_origin_access_control,
        CloudFrontResponse.delete_origin_access_control,
    )

    def created(backend: Moto, config: dict[str, str]) -> Moto:
        if any(control.name == config["Name"] for control in backend.origin_access_controls.values()):
            raise CloudFrontError("OriginAccessControlAlreadyExists", "The name is taken.")
        return create(backend, config)

    def seen(response: Moto) -> OriginAccessControl:
        controls = response.backend.origin_access_controls
        id_ = response._get_param("Id")
        found: OriginAccessControl = _seen(
            controls.get(id_), "OriginAccessControl", response._get_param("IfMatch")
        )
        return found

    def updated(response: Moto) -> Moto:
        seen(response).etag = random_id()
        return update(response)

    def deleted(response: Moto) -> Moto:
        _refuse_in_use(response.backend, seen(response).id, "OriginAccessControl")
        return delete(response)

    replace_methods(CloudFrontBackend, create_origin_access_control=created)
    replace_methods(
        CloudFrontResponse, update_origin_access_control=updated, delete_origin_access_control=deleted
    )


class HeadersPolicy:
    """A response headers policy, as CloudFront describes one."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.id, self.etag, self.config = random_id(), random_id(), config

    def described(self) -> dict[str, Any]:
        """Return it in the API's own names."""
        return {"Id": self.id, "LastModifiedTime": 0.0, "ResponseHeadersPolicyConfig": self.config}


def _serve_headers_policies() -> None:
    """moto has no response headers policies."""
    calls: dict[str, Callable[..., Moto]] = {
        "create_response_headers_policy": _create_policy,
        "get_response_headers_policy": _get_policy,
        "list_response_headers_policies": _list_policies,
        "update_response_headers_policy": _update_policy,
        "delete_response_headers_policy": _delete_policy,
    }
    replace_methods(CloudFrontResponse, **calls)
    urls.url_paths |= dict.fromkeys(
        (f"{_POLICIES}$", f"{_POLICIES}/(?P<id>[^/]+)$"), CloudFrontResponse.dispatch
    )


def _policies(response: Moto) -> dict[str, HeadersPolicy]:
    found: dict[str, HeadersPolicy] = response.backend.__dict__.setdefault("headers_policies", {})
    return found


def _answer(policy: HeadersPolicy) -> ActionResult:
    return ActionResult({"ResponseHeadersPolicy": policy.described(), "ETag": policy.etag})


def _create_policy(response: Moto) -> ActionResult:
    made = HeadersPolicy(response._get_param("ResponseHeadersPolicyConfig"))
    if any(policy.config["Name"] == made.config["Name"] for policy in _policies(response).values()):
        raise CloudFrontError("ResponseHeadersPolicyAlreadyExists", "The name is taken.")
    _policies(response)[made.id] = made
    return _answer(made)


def _seen_policy(response: Moto) -> HeadersPolicy:
    listed = _policies(response).get(response._get_param("Id"))
    found: HeadersPolicy = _seen(listed, "ResponseHeadersPolicy", response._get_param("IfMatch"))
    return found


def _get_policy(response: Moto) -> ActionResult:
    found = _policies(response).get(response._get_param("Id"))
    return _answer(_seen(found, "ResponseHeadersPolicy", None if found is None else found.etag))


def _list_policies(response: Moto) -> ActionResult:
    first, size = int(response._get_param("Marker") or 0), int(response._get_param("MaxItems") or _PAGE_SIZE)
    found = [
        {"Type": "custom", "ResponseHeadersPolicy": one.described()} for one in _policies(response).values()
    ]
    more = {"NextMarker": str(first + size)} if first + size < len(found) else {}
    page = found[first : first + size]
    listed = {"MaxItems": size, "Quantity": len(page), "Items": page, **more}
    return ActionResult({"ResponseHeadersPolicyList": listed})


def _update_policy(response: Moto) -> ActionResult:
    policy = _seen_policy(response)
    policy.config, policy.etag = response._get_param("ResponseHeadersPolicyConfig"), random_id()
    return _answer(policy)


def _delete_policy(response: Moto) -> ActionResult:
    policy = _seen_policy(response)
    _refuse_in_use(response.backend, policy.id, "ResponseHeadersPolicy")
    del _policies(response)[policy.id]
    return EmptyResult()


def _seen(found: Moto, kind: str, version: str | None) -> Moto:
    """Return the thing, if the caller has seen its newest version."""
    if found is None:
        raise CloudFrontError(f"NoSuch{kind}", f"The specified {kind} does not exist.")
    if not version:
        raise CloudFrontError("InvalidIfMatchVersion", "The If-Match version is missing or not valid.")
    if version != found.etag:
        raise CloudFrontError(
            "PreconditionFailed", "The request failed because the version is not the newest."
        )
    return found


def _refuse_in_use(backend: Moto, id_: str, kind: str) -> None:
    if id_ in set(_texts([vars(one.distribution_config) for one in backend.distributions.values()])):
        raise CloudFrontError(f"{kind}InUse", f"The {kind} is in use by a distribution.")


def _texts(value: Moto) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
