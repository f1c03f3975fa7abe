"""What the warehouse must hold, worked out in the plainest way: all events at once, one after the other.

Written from the words of docs/architecture.md and docs/identity.md, without the ETL's code.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

INACTIVITY, LONGEST, CLOCK_TOLERANCE = timedelta(minutes=30), timedelta(hours=24), timedelta(minutes=1)


@dataclass(frozen=True)
class Line:
    """One line of a raw object: an event, and what came with this copy of it."""

    event_id: str
    visitor_id: str
    event_name: str
    event_time: datetime
    event_sequence: int | None
    received_at: datetime
    sent_at: datetime
    user_id: str | None
    object_id: int
    line_number: int

    @property
    def event_date(self) -> date:
        return self.event_time.astimezone(UTC).date()

    @property
    def event_at(self) -> datetime:
        """The client's time, corrected when its clock is off by more than a minute."""
        skew = self.received_at - self.sent_at
        return self.event_time + skew if abs(skew) > CLOCK_TOLERANCE else self.event_time


@dataclass
class Session:
    """A visitor's events without a long pause, in order."""

    events: list[Line]
    person_id: str | None = None
    # of the same visitor: where the first session begins, and the one before this
    first_at: datetime | None = None
    previous_at: datetime | None = None

    @property
    def users(self) -> list[str]:
        return [event.user_id for event in self.events if event.user_id is not None]

    def row(self) -> tuple[object, ...]:
        """Return the columns of `SESSION_QUERY`."""
        first, last, users = self.events[0], self.events[-1], self.users
        page_views = sum(event.event_name == "page_view" for event in self.events)
        is_engaged = (
            last.event_at - first.event_at > timedelta(seconds=10)
            or any(event.event_name == "purchase" for event in self.events)
            or page_views >= 2
        )
        return (
            *(first.event_id, first.visitor_id, self.person_id, users[0] if users else None),
            *(users[-1] if users else None, len(set(users)), first.event_at.date(), first.event_at),
            *(last.event_at, len(self.events), page_views, is_engaged, self.first_at, self.previous_at),
        )


SESSION_QUERY = (
    "select session_id::text, visitor_id, person_id, user_id, last_user_id, users_count, session_date,"
    " started_at, ended_at, events_count, page_views_count, is_engaged, first_at, previous_at"
    " from warehouse.fact_sessions order by visitor_id, started_at"
)


def winners(lines: list[Line]) -> list[Line]:
    """Of the copies of an event the one that was received first."""
    found: dict[tuple[date, str], Line] = {}
    for line in sorted(lines, key=lambda line: (line.received_at, line.object_id, line.line_number)):
        found.setdefault((line.event_date, line.event_id), line)
    return list(found.values())


def sessions(lines: list[Line]) -> list[Session]:
    """Every session, by visitor and time, with the person that it belongs to."""
    found: list[Session] = []

    def order(line: Line) -> tuple[object, ...]:
        is_last, sequence = line.event_sequence is None, line.event_sequence or 0
        return (line.visitor_id, line.event_at, is_last, sequence, line.event_id)

    for line in sorted(winners(lines), key=order):
        last = found[-1].events if found else []
        goes_on = (
            last
            and last[-1].visitor_id == line.visitor_id
            and line.event_at - last[-1].event_at <= INACTIVITY
            and line.event_at - last[0].event_at <= LONGEST
        )
        if goes_on:
            last.append(line)
        else:
            found.append(Session([line]))
    for visitor in {session.events[0].visitor_id for session in found}:
        of_visitor = [session for session in found if session.events[0].visitor_id == visitor]
        name_people(of_visitor)
        link(of_visitor)
    return found


def name_people(of_visitor: list[Session]) -> None:
    """Walk from each session of one browser to the sign-ins nearest to it on both sides."""
    for place, session in enumerate(of_visitor):
        if session.users:
            session.person_id = session.users[0] if len(set(session.users)) == 1 else None
            continue
        before = next((other.users[-1] for other in reversed(of_visitor[:place]) if other.users), None)
        after = next((other.users[0] for other in of_visitor[place + 1 :] if other.users), None)
        session.person_id = before or after if not (before and after) or before == after else None


def link(of_visitor: list[Session]) -> None:
    """Tell each session of one browser of the first one and of the one before it."""
    for place, session in enumerate(of_visitor):
        session.first_at = of_visitor[0].events[0].event_at
        session.previous_at = of_visitor[place - 1].events[0].event_at if place else None
