"""The shop's Lambda: products for anyone, orders for who signed in. `request.py` has the routes.

Settings (environment): ARTIFACTS_BUCKET and SHOP_SECRET_KEY, where the login to the database lies. What the
answers look like: docs/shop-api.md.
"""

import os
import sys
from datetime import UTC, datetime
from typing import Any, Protocol

import obstore
from contract.bucket import open_bucket
from contract.metrics import metrics_line
from obstore.exceptions import BaseError

from shop.answer import metrics_of
from shop.answering import Clocked, answer_to
from shop.database import Database, DatabaseError

_store = open_bucket(os.environ["ARTIFACTS_BUCKET"], timeout_seconds=2, max_retries=0)
_secret_key = os.environ["SHOP_SECRET_KEY"]


class Context(Protocol):
    """What is used of Lambda's context object."""

    aws_request_id: str
    function_name: str


def read_login() -> bytes:
    """Return the login as it lies in the artifacts bucket."""
    try:
        return bytes(obstore.get(_store, _secret_key).bytes())
    except BaseError as error:
        raise DatabaseError(f"can't read the login {_secret_key}: {error}") from error


_database = Database(read_login)


def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Answer one request (payload format 2.0); the schedule sends a health check's route key, and no more."""
    clocked = Clocked(_database)
    answer = answer_to(event, clocked, context.aws_request_id)
    status, now = answer["statusCode"], datetime.now(UTC)
    values = metrics_of(status, clocked.seconds, clocked.size_bytes)
    line = metrics_line(context.function_name, values, now, route=event["routeKey"], status=status)
    sys.stdout.write(line + "\n")
    return answer
