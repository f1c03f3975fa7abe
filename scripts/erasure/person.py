"""What the warehouse knows of who asks to be erased: accounts, and browsers on which they signed in."""

from dataclasses import dataclass
from typing import LiteralString

from etl.database import Connection
from etl.erased import ACCOUNT, BROWSER, ErasedPeople, hash_key, id_hash

from erasure.lines import Finder

# rows of an account's and of a browser's events; somebody else's on the same browser are not among them
_THEIRS = (
    "(events.user_id = any(%(accounts)s::text[])"
    " or (events.user_id is null and events.visitor_id = any(%(browsers)s::text[])))"
)
_BROWSERS = """
select
    visitor_id,
    count(*) filter (where user_id = any(%(accounts)s::text[])),
    count(*) filter (where user_id is null),
    count(distinct user_id) filter (where user_id <> all(%(accounts)s::text[]))
from warehouse.fact_events
where visitor_id in (
    select visitor_id from warehouse.fact_events where user_id = any(%(accounts)s::text[])
)
group by visitor_id
order by visitor_id
"""
# table → what of it is removed, or made again without them
_ROWS = {
    "warehouse.fact_events": "select count(*) from warehouse.fact_events as events where",
    "warehouse.fact_event_items": (
        "select count(*) from warehouse.fact_event_items as items inner join warehouse.fact_events as events"
        " on items.event_date = events.event_date and items.event_id = events.event_id where"
    ),
    "warehouse.fact_sessions": (
        "select count(distinct events.session_id) from warehouse.fact_events as events where"
    ),
    "warehouse.fact_orders": (
        "select count(*) from warehouse.fact_orders as orders inner join warehouse.fact_events as events"
        " on orders.event_date = events.event_date and orders.event_id = events.event_id where"
    ),
}
_RETURNING = (
    " returning events.object_id, events.session_id::text, events.is_bot, events.event_name,"
    " events.transaction_id, events.event_date, events.event_id::text"
)
DELETE_EVENTS = f"delete from warehouse.fact_events as events where {_THEIRS}{_RETURNING}"  # noqa: S608 - constants


@dataclass(frozen=True)
class Browser:
    """A browser on which one of the accounts signed in."""

    anonymous_id: str
    own_events_count: int
    anonymous_events_count: int
    other_accounts_count: int

    @property
    def is_shared(self) -> bool:
        """Somebody else signed in on it too: whose its anonymous events are is not known."""
        return self.other_accounts_count > 0


@dataclass(frozen=True)
class Person:
    """Who asks: accounts, and browsers whose anonymous events are theirs; by hash where no id is known."""

    accounts: tuple[str, ...]
    browsers: tuple[str, ...]
    other_hashes: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, list[str]]:
        """Return the parameters of the statements above."""
        return {"accounts": list(self.accounts), "browsers": list(self.browsers)}

    def id_hashes(self, key: bytes) -> list[str]:
        """Return the hashes of all their ids, sorted."""
        named = [(ACCOUNT, found) for found in self.accounts] + [(BROWSER, found) for found in self.browsers]
        return sorted({id_hash(key, kind, value) for kind, value in named} | set(self.other_hashes))

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids as they are."""
        return (*self.accounts, *self.browsers)

    def finder(self, key: bytes) -> Finder:
        """Return what finds their lines."""
        return Finder(ErasedPeople(key, frozenset(self.id_hashes(key))), self.ids)


def browsers_of(connection: Connection, accounts: tuple[str, ...]) -> list[Browser]:
    """Return the browsers on which these accounts signed in, as far as their events are in the warehouse."""
    return [Browser(*row) for row in connection.execute(_BROWSERS, {"accounts": list(accounts)})]


def person_of(connection: Connection, id_hashes: list[str]) -> Person:
    """Return whom a certificate's hashes mean: with the ids that are in the warehouse, else by hash alone."""
    key, wanted = hash_key(connection), set(id_hashes)

    def known(kind: str, query: LiteralString) -> tuple[str, ...]:
        found = (row[0] for row in connection.execute(query))
        return tuple(sorted(value for value in found if id_hash(key, kind, value) in wanted))

    accounts = "select distinct user_id from warehouse.fact_events where user_id is not null"
    browsers = "select distinct visitor_id from warehouse.fact_events where user_id is null"
    return Person(known(ACCOUNT, accounts), known(BROWSER, browsers), tuple(id_hashes))


def rows_of(connection: Connection, person: Person) -> dict[str, int]:
    """Return {table: rows of theirs}; of sessions and orders those that they have a part in."""
    counts = {}
    for table, query in _ROWS.items():
        row = connection.execute(query + " " + _THEIRS, person.parameters).fetchone()
        counts[table] = int(row[0]) if row else 0
    return counts
