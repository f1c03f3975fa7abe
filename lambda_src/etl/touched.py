"""What a batch changed: the days whose rows of the marts must be made anew, by what changed on them. Pure."""

from dataclasses import dataclass, field, fields
from datetime import date

# A day, if somebody's account is known, and who: the account, else the browser.
PersonDay = tuple[date, bool, str]


@dataclass
class Touched:
    """Dates in UTC; those of sessions are the dates of their starts."""

    # of sessions that changed, or what was done and bought in them
    session_dates: set[date] = field(default_factory=set)
    # of sessions of which only that changed which is known of their visitors' other sessions
    visit_dates: set[date] = field(default_factory=set)
    # of sessions with orders that are credited to other visits than before
    credit_dates: set[date] = field(default_factory=set)
    # of sessions of which only that changed whose they are, with whose they were, and with whose they are
    person_days: set[PersonDay] = field(default_factory=set)
    # of receipt
    received_dates: set[date] = field(default_factory=set)
    # of orders that were compared with the shop's
    order_dates: set[date] = field(default_factory=set)

    def add(self, other: "Touched") -> None:
        """Take in what another part of the batch changed."""
        for part in fields(self):
            getattr(self, part.name).update(getattr(other, part.name))
