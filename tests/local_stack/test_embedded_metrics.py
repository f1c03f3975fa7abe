"""Lines of a log become metrics as CloudWatch reads them."""

from datetime import UTC, datetime

from contract.metrics import metrics_line

from local_stack.aws.embedded_metrics import metrics_in, statistics

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_a_line_of_a_function_becomes_its_metrics() -> None:
    line = metrics_line("shop-etl", {"A": ("Count", 2), "B": ("Seconds", 1.5)}, AT)
    dimensions = (("Function", "shop-etl"),)
    assert list(metrics_in(line)) == [
        (("CloudWorks", "A", "Count", dimensions), 2.0, AT.timestamp()),
        (("CloudWorks", "B", "Seconds", dimensions), 1.5, AT.timestamp()),
    ]


def test_other_lines_are_only_lines() -> None:
    for line in ("START RequestId: 1", '{"message": "x"}', '{"_aws": ', '"_aws"', '["_aws"]'):
        assert list(metrics_in(line)) == []


def test_values_that_come_together_are_one_set() -> None:
    assert statistics([3.0, 1.0]) == {"Sum": 4.0, "Minimum": 1.0, "Maximum": 3.0, "SampleCount": 2.0}
