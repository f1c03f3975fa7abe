"""The categories of what is on sale, as the database has them now."""

from shop.request import CATEGORIES_ROUTE

from tests.shop_database.shop import Product, Shop, ask


def categories(shop: Shop) -> list[tuple[str, int]]:
    """Return the categories that the function names, with their counts."""
    answer = ask(shop.database(), {"routeKey": CATEGORIES_ROUTE})
    assert answer.status == 200
    return [(one["item_category"], one["products_count"]) for one in answer.body["categories"]]


def test_every_category_of_what_is_on_sale_is_counted_once(shop: Shop) -> None:
    assert categories(shop) == [("Bath", 3), ("Kitchen & Table", 1), ("Light", 1), ("Reise", 1)]


def test_category_without_a_product_on_sale_is_not_there(shop: Shop) -> None:
    with shop.owner() as owner:
        owner.execute("update shop.products set is_active = false where product_id = 'c-1'")
    assert "Light" not in dict(categories(shop))


def test_shop_that_sells_nothing_has_no_categories(shop: Shop) -> None:
    shop.begin_again([])
    assert categories(shop) == []


def test_categories_are_in_the_order_of_their_code_points(shop: Shop) -> None:
    names = ["bath", "Bath", "Äpfel", "Zoo", "a b", "a-b", "💡", "1"]
    products: list[Product] = [
        (f"p-{number}", "Thing", None, name, "1.00", "EUR", True) for number, name in enumerate(names)
    ]
    shop.begin_again(products)
    assert [name for name, _ in categories(shop)] == sorted(names)


def test_many_products_are_counted_from_the_index_alone(shop: Shop) -> None:
    with shop.owner() as owner:
        owner.execute(
            "insert into shop.products (product_id, item_name, item_category, price, currency)"
            " select 'n-' || number, 'Thing', 'Things ' || number % 40, 1, 'EUR'"
            " from generate_series(1, 10000) as number"
        )
        owner.execute("vacuum analyze shop.products")
        plan = owner.execute(
            "explain select item_category, count(*) from shop.products where is_active"
            ' group by item_category order by item_category collate "C"'
        ).fetchall()
    assert "Index Only Scan using products_on_sale_by_category" in str(plan)
    assert sum(count for _, count in categories(shop)) == 10_006
