"""Amounts keep their value to the last digit, from JSON to what is stored."""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from contract.event import InvalidEventError, decode_event
from etl.amounts import amount, amount_text, product
from hypothesis import given
from hypothesis import strategies as st

from tests.etl.events import START, event

MONEY = st.decimals(min_value=-(10**12), max_value=10**12, places=6)


def read(number: str) -> Any:
    """Return what the contract's decoder makes of a number in `params`."""
    text = json.dumps(event("a", START, params={"value": 0})).replace('"value": 0', f'"value": {number}')
    return decode_event(text.encode()).params["value"]


def stored(number: str) -> str | None:
    return amount_text(amount(read(number)))


@given(MONEY)
def test_no_digit_of_an_amount_is_lost(money: Decimal) -> None:
    text = stored(format(money, "f"))
    assert text is not None
    assert Decimal(text) == money
    assert stored(text) == text


@given(MONEY, st.integers(0, 9))
def test_equal_amounts_are_stored_alike(money: Decimal, zeros: int) -> None:
    assert stored(format(money, "f") + "0" * zeros) == stored(format(money, "f"))


@given(st.integers(-1000, 1000), st.integers(-1000, 1000))
def test_the_noise_of_a_browsers_arithmetic_is_taken_off(one: int, other: int) -> None:
    text = stored(repr(one / 100 + other / 100))
    assert text is not None
    assert Decimal(text) == Decimal(one + other) / 100


@pytest.mark.parametrize(
    ("number", "text"),
    [
        *(("19.90", "19.9"), ("1299.00", "1299"), ("0.00", "0"), ("-0.0", "0"), ("1e3", "1000")),
        *(("12345678901.123456", "12345678901.123456"), ("0.1234565", "0.123456"), ("1E-7", "0")),
        *(("0.30000000000000004", "0.3"), ("1000000000000", "1000000000000"), ("-5.5", "-5.5")),
        # beyond what the contract calls an amount, and what is no number of money
        *(("1000000000000.01", None), ("1e300", None), ("123456789012345678901234567890", None)),
        *(("true", None), ("null", None), ("[1]", None), ('"12.50"', None), ('"1.299,00"', None)),
    ],
)
def test_an_amount_is_a_number_within_the_contract(number: str, text: str | None) -> None:
    assert stored(number) == text


@given(MONEY, st.decimals(min_value=0, max_value=10**9, places=6))
def test_an_items_value_is_exact(price: Decimal, quantity: Decimal) -> None:
    found = product(price, quantity)
    assert found is not None
    assert Fraction(found) == Fraction(price) * Fraction(quantity)


def test_the_largest_item_has_all_its_digits() -> None:
    found = amount_text(product(Decimal("999999999999.999999"), Decimal("999999999.999999")))
    assert found == "999999999999998999000.000000000001"


def test_an_item_without_a_quantity_is_one() -> None:
    assert product(Decimal("9.99"), None) == Decimal("9.99")
    assert product(None, Decimal(2)) is None


@pytest.mark.parametrize("number", ["1e400", "-1e999999", "9" * 400 + ".5"])
def test_a_number_that_nobody_can_hold_is_refused(number: str) -> None:
    with pytest.raises(InvalidEventError, match="out of range"):
        read(number)


@pytest.mark.parametrize("number", ["1e-400", "1e308", "12345678901234567890.123456789", "9" * 200 + ".5"])
def test_any_other_number_is_kept_nearly_or_exactly(number: str) -> None:
    assert float(read(number)) == float(number)
    assert len(number) > 60 or read(number) == Decimal(repr(float(number))) or read(number) == Decimal(number)
