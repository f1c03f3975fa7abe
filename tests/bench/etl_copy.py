"""Copies a file of binary rows into a table of $DSN, and says its own seconds of processor time for that.

python -m tests.bench.etl_copy FILE TABLE
"""

import os
import sys
import time
from pathlib import Path

import psycopg
from psycopg import sql

_PART_BYTES = 1 << 20


def main() -> None:
    """Run the command line."""
    path, table = sys.argv[1:]
    statement = sql.SQL("copy {} from stdin (format binary)").format(sql.Identifier(*table.split(".")))
    body = Path(path).read_bytes()
    with psycopg.connect(os.environ["DSN"]) as connection:
        began = time.process_time()
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for start in range(0, len(body), _PART_BYTES):
                copy.write(body[start : start + _PART_BYTES])
        connection.commit()
        print(time.process_time() - began)


if __name__ == "__main__":
    main()
