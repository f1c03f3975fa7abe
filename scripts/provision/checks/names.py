"""The checks of names, place and network."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from provision.checks import PREFIX

# The longest derived name is a bucket's, of at most 63 characters.
LONGEST_NAME_STEM = 63 - len("-processed-123456789012")
NAME_FORM = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
REGION_FORM = re.compile(r"[a-z]{2}-[a-z]+-[0-9]")


def problems_of_names(values: dict[str, Any]) -> list[str]:
    """Names that AWS takes everywhere, and a region and zone that belong together."""
    problems = [
        f"{PREFIX}{key} must be lower case letters, digits and single hyphens (buckets allow no more), "
        f"given {values[key]!r}."
        for key in ("project", "environment")
        if not NAME_FORM.fullmatch(values[key])
    ]
    if "-" in values["environment"]:
        problems.append(
            f"{PREFIX}environment must be one word (policies that reach production-* would reach all of "
            f"production-2), given {values['environment']!r}."
        )
    stem = f"{values['project']}-{values['environment']}"
    if len(stem) > LONGEST_NAME_STEM:
        problems.append(
            f"{PREFIX}project and {PREFIX}environment must have at most {LONGEST_NAME_STEM - 1} letters "
            f"together (a bucket's name ends at 63), given {len(stem) - 1}."
        )
    problems += [
        f"{PREFIX}project and {PREFIX}environment must not contain {word!r} (Cognito allows it in no domain)."
        for word in ("aws", "amazon", "cognito")
        if word in stem
    ]
    if not REGION_FORM.fullmatch(values["region"]) or values["region"].startswith("cn-"):
        problems.append(
            f"{PREFIX}region must be a region of the standard partition such as eu-central-1, "
            f"given {values['region']!r}."
        )
    if not re.fullmatch(re.escape(values["region"]) + "[a-z]", values["availability_zone"]):
        problems.append(
            f"{PREFIX}availability_zone must be {values['region']} and one letter, "
            f"given {values['availability_zone']!r}."
        )
    return problems


def problems_of_network(values: dict[str, Any]) -> list[str]:
    """Networks of sizes that AWS takes, the subnets in the VPC and apart."""
    keys = ("vpc_cidr", "oltp_subnet_cidr", "analytics_subnet_cidr")
    problems, networks = [], {}
    for key in keys:
        try:
            networks[key] = ipaddress.IPv4Network(values[key])
        except ValueError as error:
            problems.append(f"{PREFIX}{key} must be an IPv4 network such as 10.40.0.0/16: {error}.")
            continue
        if not 16 <= networks[key].prefixlen <= 28:
            problems.append(f"{PREFIX}{key} must be between /16 and /28 (AWS's limits), given {values[key]}.")
    if problems:
        return problems
    vpc, oltp, analytics = (networks[key] for key in keys)
    problems += [
        f"{PREFIX}{key} must lie in {PREFIX}vpc_cidr {vpc}, given {networks[key]}."
        for key in keys[1:]
        if not networks[key].subnet_of(vpc)
    ]
    if oltp.overlaps(analytics):
        problems.append(
            f"{PREFIX}oltp_subnet_cidr {oltp} and {PREFIX}analytics_subnet_cidr {analytics} must not overlap."
        )
    return problems
