"""Products are found by words of their name, brand and category."""

import psycopg
import pytest
from psycopg import errors
from shop.request import PRODUCTS_ROUTE

from local_stack.state import OLTP
from tests.shop_database.shop import Product, Shop, ask


def found(shop: Shop, q: str, **query: str) -> list[str]:
    """Return the ids of the products that a search finds, page by page."""
    database, ids = shop.database(), list[str]()
    while True:
        event = {"routeKey": PRODUCTS_ROUTE, "queryStringParameters": {"q": q, **query}}
        answer = ask(database, event)
        assert answer.status == 200, answer
        ids += [product["product_id"] for product in answer.body["products"]]
        if answer.body["next_cursor"] is None:
            return ids
        query = {**query, "cursor": answer.body["next_cursor"]}


@pytest.mark.parametrize(
    ("q", "ids"),
    [
        ("towel", ["a-1"]),
        ("TOWEL waffle", ["a-1"]),
        ("tidewell bath", ["a-1", "d-1"]),
        ("bath", ["a-1", "a-2", "d-1"]),
        ("tow", ["a-1"]),
        ("owel", []),
        ("towel bowl", []),
        ("cafe", ["b-1"]),
        ("CAFÉ", ["b-1"]),
        ("cafe\u0301", ["b-1"]),
        ("kitchen table", ["b-1"]),
        ("straßen köln", ["b-2"]),
        ("KOLN", ["b-2"]),
        ("ørsted", ["b-2"]),
        ("ac dc", ["c-1"]),
        ("ac/dc", ["c-1"]),
        ("dc", ["c-1"]),
        ("wi-fi 30", ["c-1"]),
        ("æon light", ["c-1"]),
    ],
)
def test_words_are_found_in_any_order_by_their_beginnings(shop: Shop, q: str, ids: list[str]) -> None:
    assert found(shop, q) == ids


@pytest.mark.parametrize("q", [" ", "&", "' | !", "%", "\\", "_", "!!:*", "<->", "💥"])
def test_a_search_without_a_word_finds_nothing(shop: Shop, q: str) -> None:
    assert found(shop, q) == []


@pytest.mark.parametrize("q", ["bath & towel", "bath | towel", "!bath towel", "bath:* towel", "'bath' towel"])
def test_signs_between_words_mean_nothing(shop: Shop, q: str) -> None:
    assert found(shop, q) == ["a-1"]


def test_a_search_goes_with_a_category_and_pages(shop: Shop) -> None:
    assert found(shop, "tidewell", category="Bath", limit="1") == ["a-1", "d-1"]
    assert found(shop, "tidewell", category="Kitchen & Table") == []


def test_what_is_renamed_is_found_by_its_new_name_alone(shop: Shop) -> None:
    with shop.owner() as owner:
        owner.execute("update shop.products set item_name = 'Hamam Cloth' where product_id = 'a-1'")
    assert (found(shop, "hamam"), found(shop, "waffle")) == (["a-1"], [])


def test_the_longest_names_can_be_kept(shop: Shop) -> None:
    # each letter is three when it is taken apart, and the longest word that is kept has 2,046 bytes
    longest: Product = ("k-1", "뷁" * 200, "ﷺ" * 100, "Ǖ" * 100, "1.00", "EUR", True)
    shop.begin_again([longest])
    assert found(shop, "뷁" * 100) == ["k-1"]


def test_many_products_are_searched_by_the_index(shop: Shop) -> None:
    with shop.owner() as owner:
        owner.execute(
            "insert into shop.products (product_id, item_name, item_category, price, currency)"
            " select 'n-' || number, 'Thing ' || md5(number::text), 'Things', 1, 'EUR'"
            " from generate_series(1, 10000) as number"
        )
        owner.execute("analyze shop.products")
        plan = owner.execute(
            "explain select product_id from shop.products where is_active and product_id > ''"
            " and search_words @@ (select shop.search_query('thing abc')) order by product_id limit 25"
        ).fetchall()
    assert "products_search_words_idx" in str(plan)
    assert len(found(shop, "thing", limit="100")) == 10_000


def test_who_reads_the_books_does_not_search(shop: Shop) -> None:
    dsn = shop.stack.dsn("reader", OLTP)
    with psycopg.connect(dsn) as reader, pytest.raises(errors.InsufficientPrivilege):
        reader.execute("select shop.search_query('x')")
