"""Answers a request from the database: the way from a question to its answer, for each route."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

from contract.problem import ProblemError, problem_answer

from shop.answer import categories_answer, health_answer, product_answer, products_answer
from shop.database import Ask, Database, DatabaseError, Found, Row
from shop.order_answer import order_answer, orders_answer, placed_answer
from shop.order_request import GetOrder, ListOrders, PlaceOrder, no_such_order
from shop.orders import order_of, orders_of, placed
from shop.products import categories_of, database_size_bytes, product_of, products_of
from shop.request import (
    GetHealth,
    GetProduct,
    ListCategories,
    ListProducts,
    Question,
    no_such_product,
    question_of,
)


class Clocked:
    """The database, how long it took to answer, and how large it is: None until it was asked."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.seconds: float | None = None
        self.size_bytes: int | None = None

    def ask(self, query: LiteralString, parameters: dict[str, Any]) -> list[Row]:
        """Return the rows, connecting and all on the clock."""
        with self._clock():
            return self._database.ask(query, parameters)

    def write(self, work: Callable[[Ask], Found]) -> Found:
        """Return what `work` returns, the whole transaction on the clock."""
        with self._clock():
            return self._database.write(work)

    @contextmanager
    def _clock(self) -> Iterator[None]:
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds = time.monotonic() - started


def answer_to(event: dict[str, Any], clocked: Clocked, request_id: str) -> dict[str, Any]:
    """Return API Gateway's answer to its event (payload format 2.0); a problem is in the log, too."""
    try:
        return _answered(question_of(event), clocked)
    except ProblemError as problem:
        sys.stdout.write(f"{problem}\n")
        return problem_answer(problem, request_id)
    except DatabaseError as error:
        sys.stdout.write(f"the database gave no answer: {error}\n")
        return problem_answer(_unavailable(), request_id)


def _answered(question: Question, clocked: Clocked) -> dict[str, Any]:
    match question:
        case PlaceOrder():
            made = clocked.write(lambda ask: placed(ask, question))
            return placed_answer(made.order, made.is_new)
        case ListOrders():
            return orders_answer(question, orders_of(clocked.ask, question))
        case GetOrder():
            return order_answer(_there(order_of(clocked.ask, question), no_such_order()))
        case _:
            return _shown(question, clocked)


def _shown(
    question: GetHealth | ListCategories | ListProducts | GetProduct, clocked: Clocked
) -> dict[str, Any]:
    match question:
        case GetHealth():
            clocked.size_bytes = database_size_bytes(clocked.ask)
            return health_answer(clocked.seconds or 0.0)
        case ListCategories():
            return categories_answer(categories_of(clocked.ask))
        case GetProduct():
            product = product_of(clocked.ask, question.product_id)
            return product_answer(_there(product, no_such_product()))
        case ListProducts():
            return products_answer(question, products_of(clocked.ask, question))


def _there(found: Found | None, problem: ProblemError) -> Found:
    if found is None:
        raise problem
    return found


def _unavailable() -> ProblemError:
    detail = "Nothing is lost; ask again after a few seconds."
    return ProblemError(503, "database-unavailable", "The shop's database gives no answer", detail)
