"""CloudWatch alarms: what is watched, when it is bad, and whom that is told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar, Literal

from provision.aws import Aws
from provision.metric import Metric
from provision.normal_form import known_tags, tag_pairs, tags_of_pairs
from provision.resource import Document, LiveSettings, Resource
from provision.resources.topic import Topic

Missing = Literal["breaching", "notBreaching", "ignore"]
Comparison = Literal["GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold"]


@dataclass(kw_only=True)
class Alarm(Resource):
    """An alarm on one metric, or on an expression over some, which it calls m1, m2, … in their order.

    It tells the topic when it begins and when it is over.
    """

    kind: ClassVar[str] = "alarm"

    topic: Topic
    description: str
    metrics: tuple[Metric, ...]
    expression: str = ""  # of metric math; empty: the metric itself
    comparison: Comparison = "GreaterThanThreshold"
    threshold: float
    period_seconds: int
    periods: int = 1
    bad_periods: int = 1  # so many of `periods` must be bad
    missing: Missing  # how a period counts in which nothing was published

    def wanted(self) -> LiveSettings:  # noqa: D102
        return {
            "description": self.description,
            "metrics": [metric.settings() for metric in self.metrics],
            "expression": self.expression,
            "comparison": self.comparison,
            "threshold": float(self.threshold),
            "period_seconds": self.period_seconds,
            "periods": self.periods,
            "bad_periods": self.bad_periods,
            "missing": self.missing,
            "acts": True,
            "tells_alarm": [self.topic.arn],
            "tells_ok": [self.topic.arn],
            "tells_unknown": [],
            "tags": self.identity.tags,
        }

    def read(self, aws: Aws) -> LiveSettings | None:  # noqa: D102
        answer = aws.watch.describe_alarms(AlarmNames=[self.name], AlarmTypes=["MetricAlarm"])
        if not answer["MetricAlarms"]:
            return self.absent()
        (live,) = answer["MetricAlarms"]
        self.id, self.arn = live["AlarmName"], live["AlarmArn"]
        tags = tags_of_pairs(aws.watch.list_tags_for_resource(ResourceARN=self.arn)["Tags"])
        return {
            "description": live.get("AlarmDescription", ""),
            **_watched(live),
            "comparison": live["ComparisonOperator"],
            "threshold": live.get("Threshold"),
            "periods": live["EvaluationPeriods"],
            "bad_periods": live.get("DatapointsToAlarm", live["EvaluationPeriods"]),
            "missing": live.get("TreatMissingData", "missing"),
            "acts": live["ActionsEnabled"],
            "tells_alarm": live["AlarmActions"],
            "tells_ok": live["OKActions"],
            "tells_unknown": live["InsufficientDataActions"],
            "tags": known_tags(tags, self.identity.tags),
        }

    def create(self, aws: Aws) -> None:  # noqa: D102
        aws.watch.put_metric_alarm(**self._request(), Tags=tag_pairs(self.identity.tags))
        self.read(aws)

    def update(self, aws: Aws, changed: Collection[str]) -> None:  # noqa: D102
        if set(changed) - {"tags"}:
            aws.watch.put_metric_alarm(**self._request())
        if "tags" in changed:
            aws.watch.tag_resource(ResourceARN=self.arn, Tags=tag_pairs(self.identity.tags))

    def delete(self, aws: Aws) -> None:  # noqa: D102
        aws.watch.delete_alarms(AlarmNames=[self.name])
        self.absent()

    def _request(self) -> Document:
        return {
            "AlarmName": self.name,
            "AlarmDescription": self.description,
            "ActionsEnabled": True,
            "AlarmActions": [self.topic.arn],
            "OKActions": [self.topic.arn],
            "ComparisonOperator": self.comparison,
            "Threshold": float(self.threshold),
            "EvaluationPeriods": self.periods,
            "DatapointsToAlarm": self.bad_periods,
            "TreatMissingData": self.missing,
            **(self._math() if self.expression else self._single(self.metrics[0])),
        }

    def _single(self, metric: Metric) -> Document:
        statistic = "ExtendedStatistic" if metric.is_percentile else "Statistic"
        return {**_metric(metric), statistic: metric.statistic, "Period": self.period_seconds}

    def _math(self) -> Document:
        queries = [
            {
                "Id": f"m{number}",
                "MetricStat": {
                    "Metric": _metric(metric),
                    "Period": self.period_seconds,
                    "Stat": metric.statistic,
                },
                "ReturnData": False,
            }
            for number, metric in enumerate(self.metrics, start=1)
        ]
        return {"Metrics": [*queries, {"Id": "e1", "Expression": self.expression, "ReturnData": True}]}


def _metric(metric: Metric) -> Document:
    values = metric.dimension_values()
    dimensions = [{"Name": name, "Value": value} for name, value in values.items()]
    return {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}


def _watched(live: Document) -> LiveSettings:
    """What a live alarm looks at: one metric in fields of its own, several in a list of queries."""
    queries = live.get("Metrics") or []
    if not queries:
        statistic = live.get("Statistic") or live.get("ExtendedStatistic", "")
        watched = [_settings(live, statistic)]
        return {"metrics": watched, "expression": "", "period_seconds": live.get("Period")}
    stats = sorted(
        (query for query in queries if "MetricStat" in query), key=lambda query: int(query["Id"][1:])
    )
    periods = {query["MetricStat"]["Period"] for query in stats}
    return {
        "metrics": [_settings(one["MetricStat"]["Metric"], one["MetricStat"]["Stat"]) for one in stats],
        "expression": "; ".join(query["Expression"] for query in queries if "Expression" in query),
        "period_seconds": periods.pop() if len(periods) == 1 else sorted(periods),
    }


def _settings(metric: Document, statistic: str) -> Document:
    dimensions = tuple((one["Name"], one["Value"]) for one in metric.get("Dimensions", []))
    return Metric(metric.get("Namespace", ""), metric.get("MetricName", ""), statistic, dimensions).settings()
