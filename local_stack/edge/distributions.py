"""Reads how the shop's distribution is set up, from the emulated CloudFront, and keeps it for two seconds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local_stack.edge.kept import Kept
from local_stack.edge.services import Services


@dataclass(frozen=True)
class DistributionConfig:
    """One distribution, as CloudFront's own calls describe it."""

    arn: str
    config: Mapping[str, Any]

    @property
    def aliases(self) -> Sequence[str]:
        """Return the names besides CloudFront's own that it answers to."""
        return list((self.config.get("Aliases") or {}).get("Items") or [])

    def behavior_of(self, path: str) -> Mapping[str, Any]:
        """Return the cache behavior of a path: the first whose pattern has it, else the default."""
        for behavior in (self.config.get("CacheBehaviors") or {}).get("Items") or []:
            if is_match(behavior["PathPattern"], path):
                found: Mapping[str, Any] = behavior
                return found
        default: Mapping[str, Any] = self.config["DefaultCacheBehavior"]
        return default

    def origin_of(self, behavior: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the origin that a behavior names; KeyError when there is none."""
        origins: dict[str, Mapping[str, Any]] = {one["Id"]: one for one in self.config["Origins"]["Items"]}
        return origins[behavior["TargetOriginId"]]

    def error_response(self, status: int) -> Mapping[str, Any] | None:
        """Return what is answered in the place of an origin's error, if anything."""
        for response in (self.config.get("CustomErrorResponses") or {}).get("Items") or []:
            if response["ErrorCode"] == status and response.get("ResponsePagePath"):
                found: Mapping[str, Any] = response
                return found
        return None


class Distributions:
    """The account's distributions, of which this machine can show one: it has no names to tell them by."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._kept = Kept()

    def find(self) -> DistributionConfig | None:
        """Return the one that is switched on; None when there is none, or several."""
        return self._kept.get("distribution", self._read)

    def headers_policy(self, policy_id: str) -> Mapping[str, Any]:
        """Return the configuration of a response headers policy."""
        return self._kept.get(policy_id, lambda: self._policy(policy_id))

    def _read(self) -> DistributionConfig | None:
        client = self._services.client("cloudfront")
        listed = client.list_distributions()["DistributionList"].get("Items") or []
        enabled = [one for one in listed if one["Enabled"]]
        if len(enabled) != 1:
            return None
        (one,) = enabled
        config = client.get_distribution_config(Id=one["Id"])["DistributionConfig"]
        return DistributionConfig(arn=one["ARN"], config=config)

    def _policy(self, policy_id: str) -> Mapping[str, Any]:
        answer = self._services.client("cloudfront").get_response_headers_policy(Id=policy_id)
        config: Mapping[str, Any] = answer["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
        return config


def is_match(pattern: str, path: str) -> bool:
    """Say whether a path pattern covers a path: `*` is any run, `?` one character."""
    parts = (".*" if char == "*" else "." if char == "?" else re.escape(char) for char in pattern.lstrip("/"))
    return re.fullmatch("".join(parts), path.lstrip("/"), re.DOTALL) is not None
