"""The checks of what the settings file says of buckets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provision.checks import PREFIX

INFREQUENT_ACCESS_DAYS = 30  # S3 moves no object to STANDARD_IA before


def problems_of_lifecycle(values: Mapping[str, Any]) -> list[str]:
    """https://docs.aws.amazon.com/AmazonS3/latest/userguide/lifecycle-transition-general-considerations.html"""
    infrequent_access_days, expire_days = values["raw_infrequent_access_days"], values["raw_expire_days"]
    problems = []
    if 0 < infrequent_access_days < INFREQUENT_ACCESS_DAYS:
        problems.append(
            f"{PREFIX}raw_infrequent_access_days must be 0 (never) or at least {INFREQUENT_ACCESS_DAYS}, "
            f"given {infrequent_access_days}."
        )
    if 0 < expire_days <= infrequent_access_days:
        problems.append(
            f"{PREFIX}raw_expire_days must be 0 (never) or more than {PREFIX}raw_infrequent_access_days "
            f"{infrequent_access_days}, given {expire_days}."
        )
    return problems
