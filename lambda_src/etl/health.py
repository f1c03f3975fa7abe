"""What the warehouse says of itself: how far it is loaded, how large it is, whether its account balances."""

from dataclasses import dataclass
from datetime import datetime

from etl.database import Connection

# The difference lies between what the ledger says is loaded and what the dashboards count: two ways from the
# same lines. Both tables are small, so that this stays quick however many events there are.
_HEALTH = """
select
    (select max(complete_to) from etl.runs),
    pg_database_size(current_database()),
    (
        (
            select coalesce(sum(stored_count - rejected_count - duplicate_count - erased_count), 0)
            from mart.account_hourly
        )
        - (select coalesce(sum(events_count), 0) from mart.traffic_hourly)
    )::bigint
"""


@dataclass(frozen=True)
class Health:
    """One reading of the warehouse."""

    # everything received before it is loaded; None before the first complete run
    complete_to: datetime | None
    database_size_bytes: int
    # events loaded by the ledger and not counted by the dashboards; below zero the other way round
    account_difference: int


def read_health(connection: Connection) -> Health:
    """Return the warehouse's health now; raises `psycopg.Error` if it can't be asked."""
    row = connection.execute(_HEALTH).fetchone()
    if row is None:
        raise AssertionError("a select of values must return a row")
    return Health(*row)
