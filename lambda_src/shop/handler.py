"""The shop's Lambda: `GET /v1/health`, `GET /v1/products` and `GET /v1/products/{product_id}`.

Settings (environment): ARTIFACTS_BUCKET and SHOP_SECRET_KEY, where the login to the database lies. What the
answers look like: docs/shop-api.md.
"""

import os
import sys
import time
from datetime import UTC, datetime
from typing import Any, LiteralString, Protocol

import obstore
from contract.bucket import open_bucket
from contract.metrics import metrics_line
from contract.problem import ProblemError, problem_answer
from obstore.exceptions import BaseError

from shop.answer import health_answer, metrics_of, product_answer, products_answer
from shop.database import Database, DatabaseError
from shop.products import Row, database_size_bytes, product_of, products_of
from shop.request import GetHealth, GetProduct, Question, no_such_product, question_of

_store = open_bucket(os.environ["ARTIFACTS_BUCKET"], timeout_seconds=2, max_retries=0)
_secret_key = os.environ["SHOP_SECRET_KEY"]


class Context(Protocol):
    """What is used of Lambda's context object."""

    aws_request_id: str
    function_name: str


class Clocked:
    """The database, how long it took to answer, and how large it is: None until it was asked."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.seconds: float | None = None
        self.size_bytes: int | None = None

    def ask(self, query: LiteralString, parameters: dict[str, Any]) -> list[Row]:
        """Return the rows, connecting and all on the clock."""
        started = time.monotonic()
        try:
            return self._database.ask(query, parameters)
        finally:
            self.seconds = time.monotonic() - started


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
    try:
        answer = _answered(question_of(event), clocked)
    except ProblemError as problem:
        sys.stdout.write(f"{problem}\n")
        answer = problem_answer(problem, context.aws_request_id)
    except DatabaseError as error:
        sys.stdout.write(f"the database gave no answer: {error}\n")
        answer = problem_answer(_unavailable(), context.aws_request_id)
    status, now = answer["statusCode"], datetime.now(UTC)
    values = metrics_of(status, clocked.seconds, clocked.size_bytes)
    line = metrics_line(context.function_name, values, now, route=event["routeKey"], status=status)
    sys.stdout.write(line + "\n")
    return answer


def _answered(question: Question, clocked: Clocked) -> dict[str, Any]:
    if isinstance(question, GetHealth):
        clocked.size_bytes = database_size_bytes(clocked.ask)
        return health_answer(clocked.seconds or 0.0)
    if isinstance(question, GetProduct):
        product = product_of(clocked.ask, question.product_id)
        if product is None:
            raise no_such_product()
        return product_answer(product)
    return products_answer(question, products_of(clocked.ask, question))


def _unavailable() -> ProblemError:
    detail = "Nothing is lost; ask again after a few seconds."
    return ProblemError(503, "database-unavailable", "The shop's database gives no answer", detail)
