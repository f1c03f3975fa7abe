"""How much lay in raw of the last hours of receipt: what ingest says it accepted must be as much."""

from datetime import datetime

from etl.database import Connection

# Only hours of which nothing more can come; one without any line counts, too, as nothing.
_CLOSED_HOURS = """
select hours.received_hour, coalesce(account_hourly.stored_count, 0)
from (select date_trunc('hour', max(complete_to), 'UTC') as at from etl.runs) as closed
cross join generate_series(
    closed.at - interval '6 hours', closed.at - interval '1 hour', interval '1 hour'
) as hours (received_hour)
left join mart.account_hourly on hours.received_hour = account_hourly.received_hour
order by hours.received_hour
"""


def read_closed_hours(connection: Connection) -> list[tuple[datetime, int]]:
    """Return (hour of receipt, lines stored in it) of the last six hours that are loaded whole; oldest first.

    Before the first complete run there are none.
    """
    return [(row[0], int(row[1])) for row in connection.execute(_CLOSED_HOURS)]
