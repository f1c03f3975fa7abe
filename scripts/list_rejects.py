"""Show what the ETL did not load, by reason, or line by line; ask for it to be loaded once more.

Connects as the loader, with libpq's own variables (PGHOST, PGPORT, PGDATABASE, PGUSER, and PGPASSWORD or
PGPASSFILE). With --reload the objects that hold these rejects are marked, and the next run of the ETL loads
them once more: what they hold that is in the warehouse already stays one row. Mend the cause first.
"""

import argparse
import sys
from dataclasses import dataclass
from datetime import date

import psycopg
from etl.database import Connection
from etl.rejects import Reason
from warehouse_connection import HINT, connect

_SELECTED = """
    from etl.rejects inner join etl.objects using (object_id)
    where
        (%(reason)s::text is null or rejects.reason = %(reason)s)
        and (%(key)s::text is null or objects.object_key = %(key)s)
        and (%(first)s::date is null or objects.received_hour >= %(first)s::date)
        and (%(last)s::date is null or objects.received_hour < %(last)s::date + 1)
"""


@dataclass(frozen=True)
class Selection:
    """Which rejects: by reason, object and receive dates (both ends included); None leaves it open."""

    reason: str | None = None
    key: str | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Group:
    """The rejects of one reason."""

    reason: str
    rejects_count: int
    objects_count: int
    # how many of the objects are marked to be loaded once more
    marked_count: int
    first_date: date
    last_date: date
    example: str


@dataclass(frozen=True)
class RejectedLine:
    """One reject; line 0 stands for the whole object."""

    object_key: str
    line_number: int
    reason: str
    detail: str
    line_size_bytes: int


def groups(connection: Connection, selection: Selection) -> list[Group]:
    """Return the rejects by reason, most first."""
    query = (
        "select rejects.reason, count(*), count(distinct object_id),"
        " count(distinct object_id) filter (where objects.reload_requested_at is not null),"
        " (min(objects.received_hour) at time zone 'UTC')::date,"
        " (max(objects.received_hour) at time zone 'UTC')::date, min(rejects.detail)"
        f" {_SELECTED} group by rejects.reason order by count(*) desc, rejects.reason"
    )
    return [Group(*row) for row in connection.execute(query, vars(selection))]


def lines(connection: Connection, selection: Selection, limit: int) -> list[RejectedLine]:
    """Return the newest rejects, at most `limit`."""
    query = (
        "select objects.object_key, rejects.line_number, rejects.reason, rejects.detail,"
        f" rejects.line_size_bytes {_SELECTED}"
        " order by objects.received_hour desc, objects.object_key, rejects.line_number limit %(limit)s"
    )
    return [RejectedLine(*row) for row in connection.execute(query, {**vars(selection), "limit": limit})]


def mark(connection: Connection, selection: Selection) -> int:
    """Mark the objects of these rejects to be loaded once more; return how many. Safe to repeat."""
    statement = (
        "update etl.objects set reload_requested_at = coalesce(reload_requested_at, now())"  # noqa: S608 - a constant
        f" where object_id in (select object_id {_SELECTED})"
    )
    return connection.execute(statement, vars(selection)).rowcount


def printable(text: str) -> str:
    """Return text for a terminal: keys and details may quote what somebody sent."""
    return "".join(found if found.isprintable() else repr(found)[1:-1] for found in text)


def rendered_groups(found: list[Group]) -> str:
    """Return the table by reason."""
    if not found:
        return "nothing is rejected\n"
    rows = [
        f"{'reason':<11} {'rejects':>8} {'objects':>8} {'marked':>7}  received                  for example"
    ]
    for group in found:
        dates = f"{group.first_date} to {group.last_date}"
        rows.append(
            f"{group.reason:<11} {group.rejects_count:>8} {group.objects_count:>8} {group.marked_count:>7}"
            f"  {dates}  {printable(group.example)[:120]}"
        )
    return "\n".join(rows) + "\n"


def rendered_lines(found: list[RejectedLine], limit: int) -> str:
    """Return the rejects one by one."""
    rows = [
        f"{printable(line.object_key)}:{line.line_number}  {line.reason} ({line.line_size_bytes} bytes):"
        f" {printable(line.detail)}"
        for line in found
    ]
    if len(found) == limit:
        rows.append(f"these are the newest {limit}; --limit shows more")
    return "".join(f"{row}\n" for row in rows) or "nothing is rejected\n"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="list_rejects.py"
    )
    parser.add_argument("--reason", choices=[reason.value for reason in Reason], help="only these")
    parser.add_argument("--key", help="only those of this raw object")
    for name, which in {"from": "first", "to": "last"}.items():
        parser.add_argument(
            f"--{name}", dest=which, type=date.fromisoformat, help=f"{which} receive date, YYYY-MM-DD"
        )
    parser.add_argument("--lines", action="store_true", help="one by one, newest first")
    parser.add_argument("--limit", type=int, default=100, help="with --lines: how many (default: 100)")
    parser.add_argument(
        "--reload", action="store_true", help="mark their objects; the next run of the ETL loads them again"
    )
    return parser.parse_args()


def main() -> int:
    """Run the command line; return its exit code."""
    arguments = _arguments()
    selection = Selection(arguments.reason, arguments.key, arguments.first, arguments.last)
    try:
        with connect("list_rejects") as connection:
            sys.stdout.write(_answer(connection, selection, arguments))
    except psycopg.Error as error:
        sys.stderr.write(f"can't read the warehouse's rejects: {error}; {HINT}\n")
        return 1
    return 0


def _answer(connection: Connection, selection: Selection, arguments: argparse.Namespace) -> str:
    if arguments.reload:
        count = mark(connection, selection)
        return (
            f"{count} objects will be loaded once more: by the next run, or now: python scripts/run_etl.py\n"
        )
    if arguments.lines:
        return rendered_lines(lines(connection, selection, arguments.limit), arguments.limit)
    return rendered_groups(groups(connection, selection))


if __name__ == "__main__":
    raise SystemExit(main())
