"""Reads metrics from lines of a log, as CloudWatch does (embedded metric format); moto only keeps lines.

The values of lines that come together become one set of statistics: moto keeps every value for ever.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from local_stack.aws.moto_types import Json, Moto
from local_stack.state import ACCOUNT_ID

# namespace, metric, unit, dimensions
Key = tuple[str, str, str, tuple[tuple[str, str], ...]]


def publish(lines: Iterable[str], region: str) -> None:
    """Put the metrics of the lines into the emulated CloudWatch; other lines stay lines."""
    values: dict[Key, list[float]] = defaultdict(list)
    newest_at = 0.0
    for line in lines:
        for key, value, at in metrics_in(line):
            values[key].append(value)
            newest_at = max(newest_at, at)
    backend: Moto = cloudwatch_backends[ACCOUNT_ID][region]
    # moto compares times without a zone
    timestamp = datetime.fromtimestamp(newest_at, UTC).replace(tzinfo=None)
    for (namespace, name, unit, dimensions), found in values.items():
        datum = {
            "MetricName": name,
            "Unit": unit,
            "Timestamp": timestamp,
            "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions],
            "StatisticValues": statistics(found),
        }
        backend.put_metric_data(namespace, [datum])


def statistics(values: list[float]) -> dict[str, float]:
    """Return a set of values as PutMetricData takes it."""
    return {
        "Sum": sum(values),
        "Minimum": min(values),
        "Maximum": max(values),
        "SampleCount": float(len(values)),
    }


def metrics_in(line: str) -> Iterator[tuple[Key, float, float]]:
    """Yield each metric of a line with its value and its time in seconds; nothing for other lines."""
    document = _document(line)
    for directive in document.get("_aws", {}).get("CloudWatchMetrics", []):
        at = document["_aws"]["Timestamp"] / 1000
        for names in directive["Dimensions"]:
            dimensions = tuple((name, str(document[name])) for name in names)
            for metric in directive["Metrics"]:
                key = (directive["Namespace"], metric["Name"], metric.get("Unit", "None"), dimensions)
                yield key, float(document[metric["Name"]]), at


def _document(line: str) -> dict[str, Any]:
    if '"_aws"' not in line:
        return {}
    try:
        found: Json = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
