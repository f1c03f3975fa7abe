"""How scripts reach the warehouse: as the loader, with libpq's own variables."""

import psycopg
from etl.database import OPTIONS, Connection

HINT = "set PGHOST, PGPORT, PGDATABASE, PGUSER (warehouse_loader) and PGPASSWORD or PGPASSFILE"


def connect(application_name: str) -> Connection:
    """Return a connection in UTC that commits by itself; raises `psycopg.OperationalError`."""
    return psycopg.connect(
        application_name=application_name, connect_timeout=10, options=OPTIONS, autocommit=True
    )
