"""However often and whenever an order is sent, and whatever dies meanwhile, it is placed once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from shop.database import Ask
from shop.order_request import PlaceOrder
from shop.orders import Placed, placed
from shop.request import question_of

from local_stack.postgres import run_sql
from local_stack.state import OLTP
from tests.shop.requests import Event, items, placing
from tests.shop_database.shop import Answer, Shop, ask

AT_ONCE = 8


def at_once(shop: Shop, events: list[Event]) -> list[Answer]:
    """Return the answers to requests that are sent at one moment, each by an environment of its own."""
    gate = threading.Barrier(len(events))

    def send(event: Event) -> Answer:
        database = shop.database()
        database.ask("select 1", {})
        gate.wait(timeout=30)
        return ask(database, event)

    with ThreadPoolExecutor(len(events)) as pool:
        return list(pool.map(send, events))


@pytest.mark.parametrize("turn", range(5))
def test_one_order_comes_of_many_posts_at_once(shop: Shop, turn: int) -> None:
    event = placing(items(("a-1", 1), ("a-2", 2)), key=f"turn-{turn}")
    answers = at_once(shop, [event] * AT_ONCE)
    assert sorted(answer.status for answer in answers) == [200] * (AT_ONCE - 1) + [201]
    assert len({answer.body["order_id"] for answer in answers}) == 1
    assert shop.orders_count() == 1


def test_of_two_bodies_with_one_key_at_once_one_is_refused(shop: Shop) -> None:
    bodies = [items(("a-1", 1)), items(("a-2", 1))]
    answers = at_once(shop, [placing(body) for body in bodies])
    assert sorted(answer.status for answer in answers) == [201, 422]
    assert shop.orders_count() == 1


def test_different_orders_at_once_do_not_wait_for_each_other(shop: Shop) -> None:
    answers = at_once(shop, [placing(items(("a-1", 1)), key=str(number)) for number in range(AT_ONCE)])
    assert [answer.status for answer in answers] == [201] * AT_ONCE
    assert shop.orders_count() == AT_ONCE


def asked() -> PlaceOrder:
    found = question_of(placing(items(("a-1", 1))))
    assert isinstance(found, PlaceOrder)
    return found


def dying_once(kill: Callable[[Ask], None]) -> Callable[[Ask], Placed]:
    """Return the work of an order, of which the first try loses its connection at the end."""
    tries: list[int] = []

    def work(ask_in: Ask) -> Placed:
        made = placed(ask_in, asked())
        tries.append(1)
        if len(tries) == 1:
            kill(ask_in)
        return made

    return work


def test_a_connection_that_dies_before_the_commit_costs_no_order_and_makes_no_second(shop: Shop) -> None:
    def kill(ask_in: Ask) -> None:
        ((pid,),) = ask_in("select pg_backend_pid()", {})
        run_sql(shop.stack, f"select pg_terminate_backend({pid})", database=OLTP)

    database = shop.database()
    database.ask("select 1", {})
    made = database.write(dying_once(kill))
    assert (made.is_new, shop.orders_count()) == (True, 1)


def test_a_commit_whose_answer_was_lost_is_found_by_the_next_try(shop: Shop) -> None:
    def commit_and_lose(ask_in: Ask) -> None:
        ((pid,),) = ask_in("select pg_backend_pid()", {})
        with pytest.raises(psycopg.ProgrammingError, match="produce"):  # done, and without rows
            ask_in("commit", {})
        run_sql(shop.stack, f"select pg_terminate_backend({pid})", database=OLTP)

    database = shop.database()
    database.ask("select 1", {})
    made = database.write(dying_once(commit_and_lose))
    assert (made.is_new, shop.orders_count()) == (False, 1)


def test_an_order_that_waits_too_long_for_another_is_told_to_come_back(shop: Shop) -> None:
    with psycopg.connect(shop.stack.dsn("shop", OLTP)) as other:
        other.execute(
            "insert into shop.orders (customer_id, idempotency_key, currency, value)"
            " values ('c-1', 'k-1', 'EUR', 0)"
        )
        waiting = ask(shop.database(), placing(items(("a-1", 1))))
        assert (waiting.status, waiting.headers["retry-after"]) == (503, "5")
        other.rollback()
    assert ask(shop.database(), placing(items(("a-1", 1)))).status == 201
