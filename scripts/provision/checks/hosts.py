"""The checks of what the settings file says of hosts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from provision.checks import PREFIX

HOSTS = ("oltp", "warehouse", "dashboards")
# gp3's largest everywhere; Debian's image needs 8 GB.
# https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html
HOST_RANGES = {
    "host_root_gb": (8, 16_384),
    "oltp_data_gb": (1, 16_384),
    "warehouse_data_gb": (1, 16_384),
}
TYPE_FORM = re.compile(r"(?P<family>[a-z]+)(?P<generation>[0-9]+)(?P<options>[a-z0-9-]*)\.[a-z0-9-]+")
# What came before Nitro: other device names, some without encrypted or optimised volumes.
# https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-nitro-instances.html
OLD_FAMILIES = {"c1", "c3", "c4", "d2", "g2", "g3", "h1", "i2", "i3", "m1", "m2", "m3", "m4", "p2", "p3"}
OLD_FAMILIES |= {"r3", "r4", "t1", "t2", "x1"}
RELEASE_FORM = re.compile(r"latest|[0-9]+(\.[0-9]+){3}")
SHA256_FORM = re.compile(r"[0-9a-f]{64}")


def problems_of_hosts(values: Mapping[str, Any]) -> list[str]:
    """One sentence per value that EC2, or a host's first boot, would refuse."""
    problems = [
        _problem_of_type(f"{PREFIX}{host}_instance_type", values[f"{host}_instance_type"], values)
        for host in HOSTS
    ]
    if not RELEASE_FORM.fullmatch(values["agent_release"]):
        problems.append(
            f"{PREFIX}agent_release must be latest or a version such as 3.3.40.0, "
            f"given {values['agent_release']!r}."
        )
    problems += [
        f"{PREFIX}{key} must be empty or 64 hexadecimal digits in lower case, as sha256sum prints them, "
        f"given {values[key]!r}."
        for key in ("agent_sha256", "apt_key_sha256")
        if values[key] and not SHA256_FORM.fullmatch(values[key])
    ]
    if values["agent_sha256"] and values["agent_release"] == "latest":
        problems.append(
            f"{PREFIX}agent_sha256 must be empty while {PREFIX}agent_release is latest: the newest package "
            "changes without notice, and hosts would refuse it. Name a version."
        )
    return [problem for problem in problems if problem]


def architecture_of(instance_type: str) -> str:
    """amd64 or arm64, as Debian says it: Graviton's families have a g after their generation, as in t4g."""
    found = TYPE_FORM.fullmatch(instance_type)
    is_graviton = found and (found["options"].startswith("g") or found["family"] == "a")
    return "arm64" if is_graviton else "amd64"


def _problem_of_type(key: str, instance_type: str, values: Mapping[str, Any]) -> str:
    found = TYPE_FORM.fullmatch(instance_type)
    if not found:
        return f"{key} must be an instance type such as t4g.small, given {instance_type!r}."
    if found["family"] + found["generation"] in OLD_FAMILIES and not found["options"]:
        return f"{key} must be a type of the Nitro system such as t4g.small, given {instance_type}."
    if architecture_of(instance_type) != values["host_architecture"]:
        return (
            f"{key} must be of {PREFIX}host_architecture {values['host_architecture']}, "
            f"given {instance_type}, which is {architecture_of(instance_type)}."
        )
    return ""
