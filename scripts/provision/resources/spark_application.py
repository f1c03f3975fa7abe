"""EMR Serverless applications: where Spark jobs run, and how much of it there may be at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar

from provision import waiting
from provision.aws import Aws
from provision.normal_form import known_tags
from provision.resource import LiveSettings, Resource, only_one
from provision.resources.network import Subnet
from provision.resources.security_group import SecurityGroup

# Workers are given back after so long without a job.
IDLE_MINUTES = 5
_STILL = {"CREATED", "STOPPED"}


@dataclass(kw_only=True)
class SparkApplication(Resource):
    """A Spark application without a worker of its own: one starts with a job and ends with it.

    AWS finds applications by an id that it makes up; this one is known by its name and its tags.
    """

    kind: ClassVar[str] = "spark application"
    slow_to_delete: ClassVar[str] = "it must have stopped first"

    release: str
    architecture: str
    most_vcpus: int
    most_memory_gb: int
    subnets: tuple[Subnet, ...]
    security_groups: tuple[SecurityGroup, ...]

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "release": self.release,
            "architecture": self.architecture.upper(),
            "most_at_once": [f"{self.most_vcpus} vCPU", f"{self.most_memory_gb} GB"],
            "waiting_workers": {},
            "starts_with_a_job": True,
            "idle_minutes": IDLE_MINUTES,
            "subnets": sorted(subnet.id for subnet in self.subnets),
            "security_groups": sorted(group.id for group in self.security_groups),
            "tags": self.identity.tags,
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        live = self._live(aws)
        if live is None:
            return self.absent()
        self.id, self.arn = live["applicationId"], live["arn"]
        network = live.get("networkConfiguration", {})
        most = live.get("maximumCapacity", {})
        stop = live.get("autoStopConfiguration", {})
        return {
            "release": live["releaseLabel"],
            "architecture": live.get("architecture", "X86_64"),
            "most_at_once": [most.get("cpu", "any"), most.get("memory", "any")],
            "waiting_workers": live.get("initialCapacity", {}),
            "starts_with_a_job": live.get("autoStartConfiguration", {}).get("enabled", False),
            "idle_minutes": stop.get("idleTimeoutMinutes", 0) if stop.get("enabled") else 0,
            "subnets": sorted(network.get("subnetIds", [])),
            "security_groups": sorted(network.get("securityGroupIds", [])),
            "tags": known_tags(live.get("tags", {}), self.identity.tags),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        made = aws.spark.create_application(
            name=self.name, type="SPARK", tags=self.identity.tags, **self._settings()
        )
        self.id, self.arn = made["applicationId"], made["arn"]
        self._wait_for(aws, _STILL | {"STARTED"}, "must have been created")

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        if set(changed) - {"tags"}:
            self._stop(aws)
            aws.spark.update_application(applicationId=self.id, initialCapacity={}, **self._settings())
        if "tags" in changed:
            aws.spark.tag_resource(resourceArn=self.arn, tags=self.identity.tags)

    def delete(self, aws: Aws) -> None:  # noqa: D102
        self._stop(aws)
        aws.spark.delete_application(applicationId=self.id)
        self._wait_for(aws, {"TERMINATED"}, "must have ended")
        self.absent()

    def _settings(self) -> dict[str, Any]:
        return {
            "releaseLabel": self.release,
            "architecture": self.architecture.upper(),
            "maximumCapacity": {"cpu": f"{self.most_vcpus} vCPU", "memory": f"{self.most_memory_gb} GB"},
            "autoStartConfiguration": {"enabled": True},
            "autoStopConfiguration": {"enabled": True, "idleTimeoutMinutes": IDLE_MINUTES},
            "networkConfiguration": {
                "subnetIds": [subnet.id for subnet in self.subnets],
                "securityGroupIds": [group.id for group in self.security_groups],
            },
        }

    def _live(self, aws: Aws) -> dict[str, Any] | None:
        pages = aws.spark.get_paginator("list_applications").paginate()
        ids = [
            one["id"]
            for page in pages
            for one in page["applications"]
            if one["name"] == self.name and one["state"] != "TERMINATED"
        ]
        found = only_one(ids, self)
        if found is None:
            return None
        live: dict[str, Any] = aws.spark.get_application(applicationId=found)["application"]
        return live

    def _stop(self, aws: Aws) -> None:
        """It has stopped: only then can it be changed or deleted; a job that runs ends with it."""
        if self._state(aws) not in _STILL:
            aws.spark.stop_application(applicationId=self.id)
            self._wait_for(aws, _STILL, "must have stopped")

    def _wait_for(self, aws: Aws, states: set[str], what: str) -> None:
        waiting.wait_until(lambda: self._state(aws) in states, f"{self.kind} {self.name}: {what}")

    def _state(self, aws: Aws) -> str:
        return str(aws.spark.get_application(applicationId=self.id)["application"]["state"])
