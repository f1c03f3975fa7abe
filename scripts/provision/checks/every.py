"""Every check of the settings' values, in the order of the file."""

from __future__ import annotations

from typing import Any

from provision.checks.address import problems_of_address
from provision.checks.alarms import problems_of_alarms
from provision.checks.catalog import problems_of_first_date
from provision.checks.data import problems_of_data
from provision.checks.hosts import problems_of_hosts
from provision.checks.names import problems_of_names, problems_of_network
from provision.checks.numbers import problems_of_numbers, problems_of_schedule
from provision.checks.storage import problems_of_lifecycle
from provision.checks.storefront import problems_of_origins, problems_of_return_urls


def problems_of_values(values: dict[str, Any]) -> list[str]:
    """One sentence per value that AWS would refuse; keys come without their prefix."""
    return [
        *problems_of_names(values),
        *problems_of_network(values),
        *problems_of_numbers(values),
        *problems_of_data(values),
        *(
            problem
            for key in ("etl_schedule", "reconcile_schedule")
            for problem in problems_of_schedule(key, values[key])
        ),
        *problems_of_lifecycle(values),
        *problems_of_origins(values["storefront_origins"]),
        *problems_of_return_urls(values["sign_in_return_urls"]),
        *problems_of_hosts(values),
        *problems_of_address(values["storefront_domain"], values["storefront_certificate_arn"]),
        *problems_of_alarms(values),
        *problems_of_first_date(values["athena_first_date"]),
    ]
