"""What an estate is: hosts with their addresses and volumes, in subnets of a network of their own.

An estate's network is a network namespace, so that any number of them, with the same addresses, live on one
machine and never meet: those of two checkouts, of two Molecule scenarios, of a rehearsal.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from local_stack.errors import StackError
from local_stack.state import DEFAULT_DIRECTORY, write_private

# What hosts reach, at addresses of AWS's own; S3 has a public one, and ours is one that nobody can have.
RESOLVER_ADDRESS = "169.254.169.253"
METADATA_ADDRESS = "169.254.169.254"
S3_ADDRESS = "192.0.2.83"


@dataclass(frozen=True)
class Volume:
    """A data volume, as EC2 names it. It outlives its host when `is_kept`."""

    id: str
    size_gb: int
    is_kept: bool = False

    @property
    def disk_name(self) -> str:
        """Return what udev calls it below /dev/disk/by-id on a Nitro host."""
        return "nvme-Amazon_Elastic_Block_Store_" + self.id.replace("-", "")


@dataclass(frozen=True)
class Host:
    """One host: what is asked for, before there is a container."""

    name: str
    address: str
    volumes: tuple[Volume, ...] = ()
    memory_mb: int = 0  # 0: no limit
    has_package_lists: bool = True  # as after the first `apt-get update`
    role: str = ""  # oltp, warehouse, dashboards, or none of the platform's

    @property
    def hostname(self) -> str:
        """Return the name that EC2 gives a host: it comes from the address."""
        return "ip-" + self.address.replace(".", "-")


@dataclass(frozen=True)
class Estate:
    """A network with its hosts."""

    name: str
    region: str
    subnets: tuple[str, ...]
    hosts: tuple[Host, ...] = ()
    has_s3: bool = False  # whether an emulated AWS of its own stands behind it
    checkout: Path = field(default=DEFAULT_DIRECTORY.parent)
    folder: Path | None = None

    @property
    def label(self) -> str:
        """Return eight hex digits that tell this checkout's estates from another one's."""
        return hashlib.sha256(str((self.checkout / ".local").resolve()).encode()).hexdigest()[:8]

    @property
    def prefix(self) -> str:
        """Return what the names of all its containers and namespaces begin with."""
        return f"cloudworks-{self.label}-{self.name}"

    @property
    def directory(self) -> Path:
        """Return the folder of its volumes, certificates and settings."""
        return self.folder or self.checkout / ".local" / "hosts" / self.name

    @property
    def file(self) -> Path:
        """Return where it is written down what the estate is."""
        return self.directory / "estate.json"

    @property
    def domain(self) -> str:
        """Return the domain of its hosts' names."""
        return f"{self.region}.compute.internal"

    def container(self, host: str) -> str:
        """Return the name of a host's container, which is also that of its network namespace."""
        return f"{self.prefix}-{host}"

    def subnet_of(self, address: str) -> ipaddress.IPv4Network:
        """Return the subnet that an address lies in."""
        for subnet in map(ipaddress.IPv4Network, self.subnets):
            if ipaddress.IPv4Address(address) in subnet:
                return subnet
        raise StackError(
            f"{address} must lie in one of the subnets {', '.join(self.subnets)} of {self.name}", "mend it"
        )

    def save(self) -> None:
        """Write down what the estate is, for those who ask later."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        document = {key: value for key, value in asdict(self).items() if key not in {"checkout", "folder"}}
        write_private(self.file, json.dumps(document, indent=2) + "\n")


def of_document(document: Mapping[str, Any]) -> Estate:
    """Return the estate that a JSON document describes; a StackError when it is none."""
    try:
        hosts = tuple(
            Host(**{**host, "volumes": tuple(Volume(**volume) for volume in host.get("volumes", ()))})
            for host in document["hosts"]
        )
        subnets, has_s3 = tuple(document["subnets"]), bool(document.get("has_s3"))
        estate = Estate(document["name"], document["region"], subnets, hosts, has_s3)
    except (KeyError, TypeError) as error:
        raise StackError(
            f"the estate's description can't be read: {error}", "see local_stack/hosts/estate.py"
        ) from error
    _refuse_bad_names(estate)
    for host in estate.hosts:
        estate.subnet_of(host.address)
    return estate


def _refuse_bad_names(estate: Estate) -> None:
    for name in (estate.name, *(host.name for host in estate.hosts)):
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", name):
            raise StackError(
                f"a name must be lower case letters, digits, - and _, and is {name!r}", "mend it"
            )
