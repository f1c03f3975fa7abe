"""Names what an Amplify or CloudFront call acts on, and the tags that policies ask for.

moto 5.2.5 knows neither. Source: the Service Authorization Reference.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from moto.cloudfront.models import cloudfront_backends

from local_stack.aws.amplify import amplify_backends
from local_stack.aws.moto_types import Moto

_KINDS = "distribution|origin-access-control|response-headers-policy"
_CLOUDFRONT_PATH = re.compile(rf"/2020-05-31/({_KINDS})(?:/([^/?]+))?")
_AMPLIFY_PATH = re.compile(r"/apps/([^/?]+)(?:/branches(?:/([^/?]+(?:/jobs/[^/?]+)?))?)?")


def tagging_of(operation: str, parameters: Mapping[str, Any], resource: str) -> tuple[str, str] | None:
    """Return the further action, and on what, that making something with tags needs."""
    if operation == "CreateDistributionWithTags":
        return "cloudfront:TagResource", resource
    if operation in {"CreateApp", "CreateBranch"} and parameters.get("tags"):
        return "amplify:TagResource", resource
    return None


def amplify_resources(path: str, place: str) -> list[str]:
    """Return the ARN of the app, branch or job, `place` being `<region>:<account>`; `apps/*` of all."""
    tagged = re.search(r"/tags/(arn:[^?]+)", unquote(path))
    found = _AMPLIFY_PATH.search(unquote(path))
    if tagged or not found:
        return [tagged[1] if tagged else f"arn:aws:amplify:{place}:apps/*"]
    branch = f"/branches/{found[2]}" if found[2] else ""
    return [f"arn:aws:amplify:{place}:apps/{found[1]}{branch}"]


def cloudfront_resources(operation: str, path: str, parameters: Mapping[str, Any], account: str) -> list[str]:
    """Return the ARN of the thing, ending in `/*` while it is made; lists name nothing."""
    if operation in {"ListTagsForResource", "TagResource", "UntagResource"}:
        return [str(parameters.get("Resource", ""))]
    found = _CLOUDFRONT_PATH.search(unquote(path))
    if operation.startswith("List") or not found:
        return []
    return [f"arn:aws:cloudfront::{account}:{found[1]}/{found[2] or '*'}"]


def tags_of(resource: str, parameters: Mapping[str, Any], body: str, account: str) -> dict[str, str]:
    """Return the context keys of tags: asked for in the request, and live on the resource."""
    wanted = {**_tags_in_xml(body), **(parameters.get("tags") or {})}
    live = _live_tags(resource, account)
    return {
        **{f"aws:requesttag/{key}".lower(): str(value) for key, value in wanted.items()},
        **{f"aws:resourcetag/{key}".lower(): str(value) for key, value in live.items()},
    }


def _tags_in_xml(body: str) -> dict[str, str]:
    found = re.findall(r"<Tag><Key>(.*?)</Key><Value>(.*?)</Value></Tag>", body)
    return dict(found)


def _live_tags(resource: str, account: str) -> dict[str, str]:
    parts = resource.split(":")
    if resource.startswith("arn:aws:cloudfront:"):
        backend: Moto = cloudfront_backends[account]["aws"]
        found: dict[str, str] = backend.tagger.get_tag_dict_for_resource(resource)
        return found
    if resource.startswith("arn:aws:amplify:"):
        tagged = amplify_backends[account][parts[3]].iter_tagged_resources()
        return next((thing.tags for thing in tagged if thing.arn == resource), {})
    return {}
