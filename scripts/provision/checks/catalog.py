"""The check of the first date that Athena looks at."""

from __future__ import annotations

from datetime import date

from provision.checks import PREFIX


def problems_of_first_date(given: str) -> list[str]:
    """A date in the one form that Athena's partition projection is told to read."""
    try:
        is_date = date.fromisoformat(given).isoformat() == given
    except ValueError:
        is_date = False
    if is_date:
        return []
    return [f'{PREFIX}athena_first_date must be a date in quotes such as "2026-01-31", given {given!r}.']
