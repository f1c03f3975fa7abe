"""How a function publishes metrics: lines of its log that CloudWatch reads as such. Pure.

No call and no endpoint is needed for it, so that it works in a subnet without a way out, too.
Source: Amazon CloudWatch User Guide, "Specification: Embedded metric format".
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

NAMESPACE = "CloudWorks"
# A function's name holds project and environment, so that environments of one account never mix.
DIMENSION = "Function"

Unit = Literal["Bytes", "Count", "Milliseconds", "None", "Percent", "Seconds"]
# by metric name: its unit, and its value
Values = Mapping[str, tuple[Unit, float]]


def metrics_line(function_name: str, values: Values, at: datetime, **facts: str | int) -> str:
    """Return one log line with the values as metrics of the function; `facts` can be searched in the log."""
    metrics = [{"Name": name, "Unit": unit} for name, (unit, _) in values.items()]
    directive = {"Namespace": NAMESPACE, "Dimensions": [[DIMENSION]], "Metrics": metrics}
    return json.dumps(
        {
            "_aws": {"Timestamp": int(at.timestamp() * 1000), "CloudWatchMetrics": [directive]},
            DIMENSION: function_name,
            **facts,
            **{name: value for name, (_, value) in values.items()},
        }
    )
