"""Metrics as lines of a log, by the rules of CloudWatch's embedded metric format."""

import json
from datetime import UTC, datetime

from contract.metrics import metrics_line

AT = datetime(2024, 6, 29, 22, 2, 42, 500_000, tzinfo=UTC)


def test_a_line_names_every_metric_with_its_unit_and_holds_its_value() -> None:
    line = metrics_line("shop-staging-etl", {"A": ("Count", 3), "B": ("Seconds", 1.5)}, AT, run="r1")
    assert "\n" not in line
    assert json.loads(line) == {
        "_aws": {
            "Timestamp": 1_719_698_562_500,
            "CloudWatchMetrics": [
                {
                    "Namespace": "CloudWorks",
                    "Dimensions": [["Function"]],
                    "Metrics": [{"Name": "A", "Unit": "Count"}, {"Name": "B", "Unit": "Seconds"}],
                }
            ],
        },
        "Function": "shop-staging-etl",
        "run": "r1",
        "A": 3,
        "B": 1.5,
    }
