"""The checks of what the data may hold: countries, money, and what is taken out of addresses."""

from __future__ import annotations

import re
from typing import Any

from contract.privacy import PARAMETER_FORM
from etl.codes import CURRENCIES

from provision.checks import PREFIX

# As an HTTP API hands headers to a function: in small letters.
HEADER_FORM = re.compile(r"([a-z0-9-]+)?")
# Lambda's own limit for all variables of a function is 4 KB.
MOST_CHARACTERS = 3000


def problems_of_data(values: dict[str, Any]) -> list[str]:
    """One sentence per value that the functions could not work by."""
    problems = []
    if not HEADER_FORM.fullmatch(values["ingest_country_header"]):
        problems.append(
            f"{PREFIX}ingest_country_header must be a header in small letters, such as "
            f"cloudfront-viewer-country, or empty, given {values['ingest_country_header']!r}."
        )
    if values["reporting_currency"] not in CURRENCIES:
        problems.append(
            f"{PREFIX}reporting_currency must be a code of ISO 4217 such as EUR,"
            f" given {values['reporting_currency']!r}."
        )
    names = values["private_parameters"]
    problems += [
        f"{PREFIX}private_parameters must hold names such as email, of letters, digits and -_.[], "
        f"given {name!r}."
        for name in names
        if not PARAMETER_FORM.fullmatch(name)
    ]
    if len(",".join(names)) > MOST_CHARACTERS:
        problems.append(f"{PREFIX}private_parameters must have at most {MOST_CHARACTERS} letters together.")
    return problems
