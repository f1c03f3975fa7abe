"""Amounts of money and quantities as exact decimals, from what was sent to what is stored. Pure.

No amount is ever a binary float: the contract's decoder reads numbers with their digits, PostgreSQL keeps
them as numeric, Parquet as text. Text such as "1.299,00" is no amount: which sign parts thousands depends on
who wrote it, and a guess would be wrong by a factor of 1000.
"""

from decimal import Context, Decimal

# The span of the event contract for amounts.
LARGEST = Decimal(10**12)
# No currency has more than 4 decimals. What goes beyond 6 is noise of a client's binary arithmetic, such as
# 0.1 + 0.2 = 0.30000000000000004.
_SMALLEST_STEP = Decimal("0.000001")
# Two amounts have at most 19 digits each; the usual 28 would round their product.
_EXACT = Context(prec=40)


def amount(value: object) -> Decimal | None:
    """Return a number as an amount, at most 6 decimals; None for what is no number, or none of money."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    number = Decimal(value)
    if not -LARGEST <= number <= LARGEST:
        return None
    exponent = number.as_tuple().exponent
    return number.quantize(_SMALLEST_STEP) if isinstance(exponent, int) and exponent < -6 else number


def amount_text(number: Decimal | None) -> str | None:
    """Return an amount as PostgreSQL and Athena read it: no exponent, and no zeros at its end."""
    if number is None:
        return None
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def product(price: Decimal | None, quantity: Decimal | None) -> Decimal | None:
    """Return price times quantity to the last digit; no quantity is one, as in Google Analytics 4."""
    if price is None:
        return None
    return price if quantity is None else _EXACT.multiply(price, quantity)
