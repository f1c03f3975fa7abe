"""Says when a schedule expression fires: rate(), cron() and at(), as EventBridge Scheduler reads them. Pure.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_RATE = re.compile(r"rate\((\d+) (minutes?|hours?|days?)\)")
_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, start=1)}
_DAYS = {
    name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), start=1)
}
MOST_MINUTES = 1440  # how far back cron is looked at: the machine may have slept


def fires_between(
    expression: str, timezone: str, anchor_at: datetime, after: datetime, until: datetime
) -> datetime | None:
    """Return the latest moment in (after, until] at which the schedule fires; None when it does not.

    Several missed moments count once. `anchor_at` is when the schedule was made, changed, or is to start: a
    rate counts from there. All moments are UTC. ValueError for an expression that is not understood.
    """
    if expression.startswith("rate("):
        return _rate_moment(_period(expression), anchor_at, after, until)
    zone = ZoneInfo(timezone)
    if expression.startswith("at("):
        moment = datetime.fromisoformat(expression[3:-1]).replace(tzinfo=zone).astimezone(UTC)
        return moment if after < moment <= until else None
    if expression.startswith("cron("):
        return _cron_moment(_fields(expression), zone, after, until)
    raise ValueError(f"schedule expression {expression} must be rate(), cron() or at()")


def _period(expression: str) -> timedelta:
    found = _RATE.fullmatch(expression)
    if found is None or int(found[1]) < 1:
        raise ValueError(f"{expression} must be rate(<number> minutes|hours|days)")
    return int(found[1]) * _UNITS[found[2].removesuffix("s")]


def _rate_moment(period: timedelta, anchor_at: datetime, after: datetime, until: datetime) -> datetime | None:
    count = (until - anchor_at) // period
    moment = anchor_at + count * period
    return moment if count >= 1 and after < moment <= until else None


def _cron_moment(
    fields: list[set[int] | None], zone: ZoneInfo, after: datetime, until: datetime
) -> datetime | None:
    moment = until.replace(second=0, microsecond=0)
    for _ in range(MOST_MINUTES):
        if moment <= after:
            return None
        if _is_match(fields, moment.astimezone(zone)):
            return moment
        moment -= timedelta(minutes=1)
    return None


def _is_match(fields: list[set[int] | None], local: datetime) -> bool:
    weekday = local.isoweekday() % 7 + 1  # 1 is Sunday
    values = (local.minute, local.hour, local.day, local.month, weekday, local.year)
    return all(wanted is None or value in wanted for wanted, value in zip(fields, values, strict=True))


def _fields(expression: str) -> list[set[int] | None]:
    """Return the six fields as sets of numbers; None where every value will do."""
    words = expression[5:-1].split()
    if len(words) != 6:
        raise ValueError(
            f"{expression} must have six fields: minutes hours day-of-month month day-of-week year"
        )
    ranges = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))
    names: tuple[dict[str, int], ...] = ({}, {}, {}, _MONTHS, _DAYS, {})
    return [
        None if word in ("*", "?") else _values(word, least, most, known)
        for word, (least, most), known in zip(words, ranges, names, strict=True)
    ]


def _values(word: str, least: int, most: int, names: dict[str, int]) -> set[int]:
    found: set[int] = set()
    for part in word.upper().split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        begin = least if first == "*" else _number(first, names)
        end = _number(last, names) if last else most if step or first == "*" else begin
        found |= set(range(begin, end + 1, int(step or 1)))
    if not found or min(found) < least or max(found) > most:
        raise ValueError(f"cron field {word} must be between {least} and {most}")
    return found


def _number(word: str, names: dict[str, int]) -> int:
    if word in names:
        return names[word]
    if not word.isdigit():
        raise ValueError(f"cron field {word} is not done here: L, W and # are not")
    return int(word)
