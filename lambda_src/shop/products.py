"""The queries, each read-only, with its values bound, and answered from an index."""

from collections.abc import Sequence
from typing import LiteralString

from shop.answer import Category, Product
from shop.database import Ask
from shop.request import ListProducts

_COLUMNS: LiteralString = "product_id, item_name, item_brand, item_category, price, currency, image_key"
# S608: the strings hold constants of this file, no input
_ONE: LiteralString = f"""
select {_COLUMNS} from shop.products where is_active and product_id = %(product_id)s
"""  # noqa: S608
_ON_PAGE: LiteralString = """is_active and product_id > %(after)s
    and (%(category)s::text is null or item_category = %(category)s)"""
_PAGE: LiteralString = f"""
select {_COLUMNS} from shop.products where {_ON_PAGE}
order by product_id
limit %(limit)s
"""  # noqa: S608
# the subquery is computed once, not for each product
_FOUND: LiteralString = f"""
select {_COLUMNS} from shop.products
where {_ON_PAGE} and search_words @@ (select shop.search_query(%(searched)s))
order by product_id
limit %(limit)s
"""  # noqa: S608


# by the code points of the names, whatever the database's own order is
_CATEGORIES: LiteralString = """
select item_category, count(*) from shop.products where is_active
group by item_category
order by item_category collate "C"
"""


def database_size_bytes(ask: Ask) -> int:
    """Return how large the database is; the table that the shop lives from has answered as well."""
    size_and_table = "select pg_database_size(current_database()), exists (select from shop.products)"
    ((size_bytes, _has_products),) = ask(size_and_table, {})
    return int(size_bytes)


def categories_of(ask: Ask) -> Sequence[Category]:
    """Return the categories that have products on sale, sorted."""
    return [Category(*row) for row in ask(_CATEGORIES, {})]


def product_of(ask: Ask, product_id: str) -> Product | None:
    """Return the product on sale with this id, or None."""
    rows = ask(_ONE, {"product_id": product_id})
    return Product(*rows[0]) if rows else None


def products_of(ask: Ask, asked: ListProducts) -> Sequence[Product]:
    """Return the page, and one product more when there is another page."""
    parameters = {"after": asked.after, "category": asked.category, "limit": asked.limit + 1}
    if asked.searched is None:
        return [Product(*row) for row in ask(_PAGE, parameters)]
    return [Product(*row) for row in ask(_FOUND, {**parameters, "searched": asked.searched})]
