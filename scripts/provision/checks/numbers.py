"""The checks of numbers, choices and the schedule: AWS's own limits."""

from __future__ import annotations

import re
from typing import Any

from provision.checks import PREFIX
from provision.checks.alarms import ALARM_RANGES
from provision.checks.hosts import HOST_RANGES

SCHEDULE_FORM = re.compile(
    r"rate\((?P<value>[1-9][0-9]*) (?P<unit>minute|hour|day)(?P<plural>s?)\)|cron\(( ?\S+){6}\)"
)
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
MOST_DAYS = 36_500
RANGES = {
    "ingest_memory_mb": (128, 10240),
    "ingest_timeout_seconds": (1, 30),
    "ingest_most_at_once": (0, 1000),
    "shop_memory_mb": (128, 10240),
    "shop_timeout_seconds": (16, 30),  # its own waits end within 15
    "shop_most_at_once": (0, 1000),
    "etl_memory_mb": (128, 10240),
    "etl_timeout_seconds": (1, 900),
    "etl_lookback_days": (1, 90),
    "etl_most_at_once": (0, 1000),
    "function_versions_kept": (1, 50),
    "etl_schedule_retries": (0, 185),
    "dead_letter_retention_days": (1, 14),
    "reconcile_days": (2, 400),  # the newest is not over when it is compared
    "api_rate_per_second": (1, 10_000),
    "api_burst": (1, 5_000),
    "api_events_rate_per_second": (1, 10_000),
    "api_events_burst": (1, 5_000),
    "api_shop_rate_per_second": (1, 10_000),
    "api_shop_burst": (1, 5_000),
    "abort_multipart_days": (1, 365),
    "raw_infrequent_access_days": (0, MOST_DAYS),
    "raw_expire_days": (0, MOST_DAYS),
    "access_log_days": (1, MOST_DAYS),
    "media_old_versions_days": (1, MOST_DAYS),
    "raw_old_versions_days": (1, MOST_DAYS),
    "artifacts_old_versions_days": (1, MOST_DAYS),
    "backups_old_versions_days": (1, MOST_DAYS),
    **HOST_RANGES,
    "packages_valid_days": (2, 90),
    "athena_query_limit_gb": (1, 100_000),
    "athena_results_days": (1, MOST_DAYS),
    "spark_most_vcpus": (8, 4_000),  # one worker hands out, one works, at least
    **ALARM_RANGES,
}
CHOICES: dict[str, tuple[object, ...]] = {
    "function_architecture": ("x86_64", "arm64"),
    "ingest_source_ip_mode": ("truncate", "drop", "keep"),
    "log_retention_days": LOG_RETENTION_DAYS,
    "host_architecture": ("amd64", "arm64"),
    "storefront_price_class": ("PriceClass_100", "PriceClass_200", "PriceClass_All"),
}


def problems_of_numbers(values: dict[str, Any]) -> list[str]:
    """Numbers within their limits, and choices that exist."""
    problems = [
        f"{PREFIX}{key} must be from {low} to {high}, given {values[key]}."
        for key, (low, high) in RANGES.items()
        if not low <= values[key] <= high
    ]
    problems += [
        f"{PREFIX}{key} must be one of {', '.join(map(str, choices))}, given {values[key]}."
        for key, choices in CHOICES.items()
        if values[key] not in choices
    ]
    return problems


def problems_of_schedule(key: str, expression: str) -> list[str]:
    """`rate(1 hour)` is singular, `rate(2 hours)` plural: EventBridge refuses the other way round."""
    found = SCHEDULE_FORM.fullmatch(expression)
    if found and (not found["unit"] or (found["value"] == "1") != bool(found["plural"])):
        return []
    return [
        f"{PREFIX}{key} must be like rate(60 minutes), rate(1 hour) or cron(0 * * * ? *), "
        f"given {expression!r}."
    ]
