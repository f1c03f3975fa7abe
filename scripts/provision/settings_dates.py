"""Checks of settings that are dates."""

from __future__ import annotations

from datetime import date


def problems_of_first_date(key: str, given: str) -> list[str]:
    """A date in the one form that Athena's partition projection is told to read."""
    try:
        is_date = date.fromisoformat(given).isoformat() == given
    except ValueError:
        is_date = False
    return [] if is_date else [f'{key} must be a date in quotes such as "2026-01-31", given {given!r}.']
