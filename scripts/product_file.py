"""Reads a file of products and says, with line numbers, what is wrong with it. Pure but for the reading.

A CSV file in UTF-8 with a header line. Columns, in any order: product_id, item_name, item_category, price,
currency; and if they are there: item_brand, image_key, is_active (true or false; true where it is left out).
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

Row = dict[str, str]

NEEDED = ("product_id", "item_name", "item_category", "price", "currency")
OPTIONAL = ("item_brand", "image_key", "is_active")
MOST_PROBLEMS = 20  # shown at once

_PRODUCT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_PRICE = re.compile(r"[0-9]{1,10}(\.[0-9]{1,2})?", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}")


class ProductFileError(ValueError):
    """The file must be mended; its text has a line for each problem."""


@dataclass(frozen=True)
class ProductRow:
    """One product of the file; the field names are the columns of `shop.products`."""

    product_id: str
    item_name: str
    item_brand: str | None
    item_category: str
    price: Decimal
    currency: str
    image_key: str | None
    is_active: bool


def read_products(path: Path) -> list[ProductRow]:
    """Return the file's products, or raise `ProductFileError` with all that is wrong: all or nothing."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return products_in(lines)
    except UnicodeDecodeError as error:
        raise ProductFileError(f"the file must be UTF-8: {error}") from None


def products_in(lines: Iterable[str]) -> list[ProductRow]:
    """Return the products of a CSV file's lines, or raise `ProductFileError`."""
    reader = csv.DictReader(lines, strict=True)
    found, problems, line_of = [], list[str](), dict[str, int]()
    try:
        _require_columns(reader.fieldnames or [])
        for row in reader:
            number, wrong = reader.line_num, list(_problems_of(row))
            if not wrong and (first := line_of.setdefault(row["product_id"], number)) != number:
                wrong = [f"product_id {row['product_id']} is in line {first} already"]
            problems += [f"line {number}: {problem}" for problem in wrong]
            if not wrong:
                found.append(_product_of(row))
    except csv.Error as error:
        problems.append(f"line {reader.line_num}: {error}")
    if problems:
        more = [f"and {len(problems) - MOST_PROBLEMS} more"] if len(problems) > MOST_PROBLEMS else []
        raise ProductFileError("\n".join([*problems[:MOST_PROBLEMS], *more]))
    if not found:
        raise ProductFileError("the file must hold a product at least")
    return found


def _require_columns(names: Iterable[str]) -> None:
    given = list(names)
    if missing := [name for name in NEEDED if name not in given]:
        raise ProductFileError(f"line 1: the columns {', '.join(missing)} are missing")
    unknown = [name for name in given if name not in (*NEEDED, *OPTIONAL)]
    if unknown or len(set(given)) < len(given):
        raise ProductFileError(
            f"line 1: the columns must be {', '.join((*NEEDED, *OPTIONAL))}, each once; given {given}"
        )


def _problems_of(row: Row) -> Iterator[str]:
    """Yield a sentence for each field that the database would refuse, or that is likely a mistake."""
    if None in row or None in row.values():
        yield "the line must have as many fields as the first"
        return
    checks: dict[str, tuple[Callable[[str], object], str]] = {
        "product_id": (_PRODUCT_ID.fullmatch, "1 to 64 letters, digits, dots, hyphens, underscores"),
        "item_name": (lambda text: _is_text(text, 200), "1 to 200 printable characters"),
        "item_category": (lambda text: _is_text(text, 100), "1 to 100 printable characters"),
        "price": (_PRICE.fullmatch, "an amount such as 24.90, with a point and at most two decimals"),
        "currency": (_CURRENCY.fullmatch, "a currency such as EUR (ISO 4217)"),
        "item_brand": (lambda text: not text or _is_text(text, 100), "empty or up to 100 characters"),
        "image_key": (
            _is_image_key,
            "empty or a key of the media bucket below media/, such as media/bowl.webp",
        ),
        "is_active": (lambda text: text in ("", "true", "false"), "true or false"),
    }
    for name, (is_right, form) in checks.items():
        if not is_right(row.get(name, "")):
            yield f"{name} must be {form}, given {row.get(name, '')[:100]!r}"


def _is_image_key(text: str) -> bool:
    """CloudFront fetches what lies below media/, and no more."""
    return not text or (text.startswith("media/") and _is_text(text, 500))


def _is_text(text: str, most: int) -> bool:
    return 1 <= len(text) <= most and text.isprintable() and text == text.strip()


def _product_of(row: Row) -> ProductRow:
    return ProductRow(
        product_id=row["product_id"],
        item_name=row["item_name"],
        item_brand=row.get("item_brand") or None,
        item_category=row["item_category"],
        price=Decimal(row["price"]),
        currency=row["currency"],
        image_key=row.get("image_key") or None,
        is_active=row.get("is_active") != "false",
    )
