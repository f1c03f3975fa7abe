"""Who came back when, worked out in the plainest way: visitor by visitor, period by period.

Written from the words of warehouse/marts/retention_daily/about.yml, without the ETL's code.
"""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

DAYS_FOLLOWED = 90
RETENTION_QUERY = (
    "select cohort_kind, cohort_date, period_number, sum(visitors_count)::int from mart.retention_daily"
    " group by 1, 2, 3 order by 1, 2, 3"
)
INTERVAL_QUERY = (
    "select visit_date, days_since_previous, sum(sessions_count)::int from mart.visit_intervals_daily"
    " group by 1, 2 order by 1, 2 nulls first"
)


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def month(day: date) -> date:
    return day.replace(day=1)


def cohort_and_period(kind: str, first: datetime, visit: datetime) -> tuple[date, int]:
    """The cohort of a visitor and the period in which a visit lies, of one kind."""
    first_day, day = first.astimezone(UTC).date(), visit.astimezone(UTC).date()
    months = (day.year - first_day.year) * 12 + day.month - first_day.month
    return {
        "day": (first_day, (day - first_day).days),
        "week": (monday(first_day), (monday(day) - monday(first_day)).days // 7),
        "month": (month(first_day), months),
        "rolling_day": (first_day, (visit - first) // timedelta(days=1)),
        "rolling_week": (monday(first_day), (visit - first) // timedelta(days=7)),
    }[kind]


def retention(visits: dict[str, list[datetime]]) -> list[tuple[str, date, int, int]]:
    """Return the rows of `RETENTION_QUERY`, of when each visitor's sessions began."""
    counts: Counter[tuple[str, date, int]] = Counter()
    for starts in visits.values():
        for kind in ("day", "week", "month", "rolling_day", "rolling_week"):
            periods = {cohort_and_period(kind, min(starts), start) for start in starts}
            is_of_days = kind in ("day", "rolling_day")
            counts.update(
                (kind, cohort, period)
                for cohort, period in periods
                if not is_of_days or period <= DAYS_FOLLOWED
            )
    return [(*key, count) for key, count in sorted(counts.items())]


def intervals(visits: dict[str, list[datetime]]) -> list[tuple[date, int | None, int]]:
    """Return the rows of `INTERVAL_QUERY`, of when each visitor's sessions began."""
    counts: Counter[tuple[date, int | None]] = Counter()
    for starts in visits.values():
        days = [start.astimezone(UTC).date() for start in sorted(starts)]
        befores: list[date | None] = [None, *days[:-1]]
        counts.update(
            (day, None if before is None else (day - before).days)
            for day, before in zip(days, befores, strict=True)
        )
    ordered = sorted(
        counts.items(), key=lambda found: (found[0][0], -1 if found[0][1] is None else found[0][1])
    )
    return [(*key, count) for key, count in ordered]
