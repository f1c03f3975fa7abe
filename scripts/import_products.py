"""Import a file of products into the shop's database: add what is new, change what differs, leave the rest.

Connects as the owner, with libpq's own variables (PGHOST, PGPORT, PGDATABASE, PGUSER, and PGPASSWORD or
PGPASSFILE). On AWS: scripts/with_database.py oltp_owner -- python scripts/import_products.py FILE

The file (its columns: scripts/product_file.py) is checked whole first, and is then imported whole or not at
all. Products that it does not name stay; take one off sale with `false` in is_active. Running it again
changes nothing.
"""

import argparse
import itertools
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from product_file import ProductFileError, ProductRow, read_products
from tqdm import tqdm

_ROWS_AT_ONCE = 1000
# returns a row for what was added or changed only; xmax is 0 in rows that no one has changed yet
_UPSERT = """
insert into shop.products as kept
    (product_id, item_name, item_brand, item_category, price, currency, image_key, is_active)
values (%(product_id)s, %(item_name)s, %(item_brand)s, %(item_category)s, %(price)s, %(currency)s,
    %(image_key)s, %(is_active)s)
on conflict (product_id) do update set
    item_name = excluded.item_name, item_brand = excluded.item_brand,
    item_category = excluded.item_category, price = excluded.price, currency = excluded.currency,
    image_key = excluded.image_key, is_active = excluded.is_active, updated_at = now()
where
    (kept.item_name, kept.item_brand, kept.item_category, kept.price, kept.currency, kept.image_key,
        kept.is_active)
    is distinct from
    (excluded.item_name, excluded.item_brand, excluded.item_category, excluded.price, excluded.currency,
        excluded.image_key, excluded.is_active)
returning product_id, xmax = 0 as is_added
"""


@dataclass
class ImportReport:
    """What an import did, and how many products the database has that the file does not name."""

    added_ids: list[str]
    changed_ids: list[str]
    unchanged_count: int
    unnamed_count: int


def import_products(connection: psycopg.Connection[Any], products: Sequence[ProductRow]) -> ImportReport:
    """Bring the products into the database in one transaction, with progress; return what was done."""
    report = ImportReport([], [], 0, 0)
    progress = tqdm(total=len(products), desc="importing", unit="product", file=sys.stderr, mininterval=1)
    with progress, connection.transaction(), connection.cursor() as cursor:
        for start in range(0, len(products), _ROWS_AT_ONCE):
            part = products[start : start + _ROWS_AT_ONCE]
            cursor.executemany(_UPSERT, [vars(product) for product in part], returning=True)
            for _ in part:
                for product_id, is_added in cursor.fetchall():
                    (report.added_ids if is_added else report.changed_ids).append(product_id)
                cursor.nextset()
            progress.update(len(part))
        row = cursor.execute("select count(*) from shop.products").fetchone()
    report.unchanged_count = len(products) - len(report.added_ids) - len(report.changed_ids)
    report.unnamed_count = (row[0] if row else 0) - len(products)
    return report


def rendered(report: ImportReport) -> str:
    """Return the report: which products were changed, and the counts in the last line."""
    shown = [f"changed {product_id}" for product_id in itertools.islice(report.changed_ids, 20)]
    if len(report.changed_ids) > len(shown):
        shown.append(f"changed {len(report.changed_ids) - len(shown)} more")
    counts = (
        f"products: {len(report.added_ids)} added, {len(report.changed_ids)} changed,"
        f" {report.unchanged_count} unchanged, {report.unnamed_count} not in the file and left as they are"
    )
    return "\n".join([*shown, counts])


def main() -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path, help="a CSV file with a header line")
    path = parser.parse_args().file
    try:
        products = read_products(path)
        with psycopg.connect("", connect_timeout=10, application_name="import_products") as connection:
            report = import_products(connection, products)
    except (ProductFileError, OSError) as error:
        sys.stderr.write(f"can't import {path}; nothing was imported:\n{error}\n")
        return 1
    except psycopg.Error as error:
        sys.stderr.write(f"can't import {path} into the shop's database; nothing was imported: {error}\n")
        return 1
    sys.stdout.write(rendered(report) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
