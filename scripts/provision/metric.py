"""A CloudWatch metric, as alarms and dashboards name it."""

from __future__ import annotations

from dataclasses import dataclass

from provision.resource import Document, Resource


@dataclass(frozen=True)
class Metric:
    """One metric of one thing, with the statistic that is looked at.

    A dimension's value is a name, or a thing whose id AWS makes up.
    """

    namespace: str
    name: str
    statistic: str  # Sum, Maximum, …, or a percentile such as p99
    dimensions: tuple[tuple[str, str | Resource], ...]

    def dimension_values(self) -> dict[str, str]:
        """The dimensions by name, with ids where things stand."""
        return {name: value.id if isinstance(value, Resource) else value for name, value in self.dimensions}

    def settings(self) -> Document:
        """The metric as it shows in a plan, the same for a wanted and a live one."""
        return {
            "namespace": self.namespace,
            "name": self.name,
            "statistic": self.statistic,
            "dimensions": self.dimension_values(),
        }

    @property
    def is_percentile(self) -> bool:
        """Whether the statistic is a percentile, which some calls take by another name."""
        return self.statistic.startswith("p")
