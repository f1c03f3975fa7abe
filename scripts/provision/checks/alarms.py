"""Limits of the alarms' settings; one that could never ring is refused like one that AWS would refuse."""

from __future__ import annotations

import re
from typing import Any

from provision.checks import PREFIX

EMAIL_FORM = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
# CloudWatch looks back one period of at most a day
ALARM_RANGES = {
    "alarm_data_age_hours": (1, 24),
    "alarm_silence_hours": (1, 24),
    "alarm_silence_minimum_events": (0, 1_000_000_000),
    "alarm_api_errors_percent": (1, 99),
    "alarm_api_latency_ms": (100, 30_000),
    "alarm_orders_missing_percent": (1, 99),
    "alarm_database_percent": (10, 95),
}


def problems_of_alarms(values: dict[str, Any]) -> list[str]:
    """One sentence if the address that is told is none; empty means that nobody is."""
    if not values["alarm_email"] or EMAIL_FORM.fullmatch(values["alarm_email"]):
        return []
    return [
        f"{PREFIX}alarm_email must be an e-mail address such as operators@example.com, or empty (''), "
        f"given {values['alarm_email']!r}."
    ]
