"""The terms of the table of alarms: how long it must be bad, and how silence counts."""

from __future__ import annotations

from dataclasses import dataclass

from provision.metric import Metric
from provision.resources.alarm import Comparison, Missing

MINUTE, HOUR = 60, 3600


@dataclass(frozen=True)
class Span:
    """How long it must be bad: in `bad` of the last `periods` of so many seconds each."""

    period_seconds: int
    periods: int = 1
    bad: int = 1


FIVE_MINUTES, AN_HOUR = Span(5 * MINUTE), Span(HOUR)
TWICE_IN_FIFTEEN_MINUTES, ALL_FIFTEEN_MINUTES = Span(5 * MINUTE, 3, 2), Span(5 * MINUTE, 3, 3)
THREE_OF_FIVE_MINUTES = Span(MINUTE, 5, 3)
TWO_HOURS, THREE_HOURS = Span(HOUR, 2, 2), Span(HOUR, 3, 3)
# the ETL speaks of an hour when it is over and loaded: of these six it has spoken of some
SIX_HOURS_ONE_BAD = Span(HOUR, 6, 1)
# a night's run may come a moment later than that of the night before: one day without it says nothing
TWO_DAYS = Span(24 * HOUR, 2, 2)

# Nothing was counted because nothing was called: no news is good news.
QUIET_IS_GOOD: Missing = "notBreaching"
# It must speak at all times.
QUIET_IS_BAD: Missing = "breaching"
# It speaks once a run or check; between two the last word holds. That none comes is for others to say.
QUIET_IS_AS_BEFORE: Missing = "ignore"


@dataclass(frozen=True, kw_only=True)
class Watch:
    """One alarm of the table."""

    what: str
    says: str
    metrics: tuple[Metric, ...]
    expression: str = ""
    comparison: Comparison = "GreaterThanThreshold"
    threshold: float
    over: Span
    missing: Missing
