"""A file of products is taken whole or not at all, and what is wrong with it is said by line."""

from decimal import Decimal
from pathlib import Path

import pytest
from import_products import ImportReport, rendered
from product_file import MOST_PROBLEMS, ProductFileError, products_in, read_products

CATALOGUE = Path(__file__).parents[1] / "data" / "catalogue" / "products.csv"
HEADER = "product_id,item_name,item_brand,item_category,price,currency,image_key,is_active"
GOOD = "a-1,Bowl,Lehmgold,Kitchen,22.00,EUR,media/a-1.webp,true"


def problems_in(*lines: str) -> list[str]:
    with pytest.raises(ProductFileError) as refused:
        products_in(f"{line}\n" for line in lines)
    return str(refused.value).splitlines()


def test_the_demos_catalogue_is_right() -> None:
    products = read_products(CATALOGUE)
    assert len(products) == 24
    assert [product.product_id for product in products if not product.is_active] == ["office-004"]
    (candle,) = [product for product in products if product.item_brand is None]
    assert (candle.price, candle.image_key) == (Decimal("7.80"), None)


def test_what_may_be_left_out_is_left_out() -> None:
    (product,) = products_in(
        ["price,currency,product_id,item_name,item_category\n", "5,EUR,a,Bowl,Kitchen\n"]
    )
    assert (product.price, product.item_brand, product.image_key) == (Decimal(5), None, None)
    assert product.is_active


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (GOOD.replace("media/", "pictures/"), "below media/"),
        (GOOD.replace("22.00", "22,00"), "as many fields"),
        (GOOD.replace("22.00", "22.001"), "price must be"),
        (GOOD.replace("22.00", "-1"), "price must be"),
        (GOOD.replace("22.00", "NaN"), "price must be"),
        (GOOD.replace("22.00", "1e3"), "price must be"),
        (GOOD.replace("22.00", "٢٢"), "price must be"),
        (GOOD.replace("EUR", "eur"), "currency must be"),
        (GOOD.replace("a-1", "a 1", 1), "product_id must be"),
        (GOOD.replace("a-1", "-a1", 1), "product_id must be"),
        (GOOD.replace("a-1", "a" * 65, 1), "product_id must be"),
        (GOOD.replace("Bowl", ""), "item_name must be"),
        (GOOD.replace("Bowl", " Bowl"), "item_name must be"),
        (GOOD.replace("Bowl", "Bo\x00wl"), "item_name must be"),
        (GOOD.replace("Kitchen", "K" * 101), "item_category must be"),
        (GOOD.replace("true", "yes"), "is_active must be"),
        ("a-1,Bowl", "as many fields"),
    ],
)
def test_a_wrong_field_is_named_with_its_line(line: str, problem: str) -> None:
    (found,) = problems_in(HEADER, GOOD.replace("a-1", "a-0", 1), line)
    assert found.startswith("line 3: ")
    assert problem in found


def test_every_problem_is_said_at_once_up_to_a_limit() -> None:
    lines = [GOOD.replace("a-1", f"a-{number}", 1).replace("EUR", "?") for number in range(MOST_PROBLEMS + 3)]
    found = problems_in(HEADER, *lines)
    assert len(found) == MOST_PROBLEMS + 1
    assert found[-1] == "and 3 more"


def test_a_product_twice_is_refused_with_both_lines() -> None:
    assert problems_in(HEADER, GOOD, GOOD) == ["line 3: product_id a-1 is in line 2 already"]


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (HEADER.replace("price,", ""), "the columns price are missing"),
        (HEADER + ",colour", "the columns must be"),
        (HEADER + ",price", "the columns must be"),
        ("", "are missing"),
    ],
)
def test_a_wrong_header_is_refused(header: str, problem: str) -> None:
    (found,) = problems_in(header)
    assert problem in found


def test_a_file_without_products_is_refused() -> None:
    assert problems_in(HEADER) == ["the file must hold a product at least"]


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_bytes(f"{HEADER}\n{GOOD}\n".replace("Bowl", "Schüssel").encode("latin-1"))
    with pytest.raises(ProductFileError, match="must be UTF-8"):
        read_products(path)


def test_the_report_names_what_changed_and_counts_the_rest() -> None:
    report = ImportReport(["b"], [f"a-{number}" for number in range(22)], 3, 4)
    lines = rendered(report).splitlines()
    assert lines[0] == "changed a-0"
    assert lines[-2] == "changed 2 more"
    assert lines[-1] == "products: 1 added, 22 changed, 3 unchanged, 4 not in the file and left as they are"
