"""The network of an estate: a router in a namespace of its own, a bridge a subnet, a namespace a host.

The router has no way to the machine or to the internet: what hosts reach beyond each other is what the
gateway's process answers inside the router's namespace. A host's namespace stays while its container is
stopped, killed or started again, and with it the host's address.
"""

from __future__ import annotations

import ipaddress
import os
import subprocess
from collections.abc import Iterable
from pathlib import Path

from local_stack.errors import StackError
from local_stack.hosts.estate import METADATA_ADDRESS, RESOLVER_ADDRESS, S3_ADDRESS, Estate, Host

NAMESPACES = Path("/run/netns")


def router(estate: Estate) -> str:
    """Return the namespace of the estate's router."""
    return f"{estate.prefix}-router"


def path_of(namespace: str) -> Path:
    """Return where a namespace is, for podman."""
    return NAMESPACES / namespace


def router_lines(estate: Estate) -> list[str]:
    """Return what makes an empty namespace the estate's router, as lines of `ip -batch`."""
    lines = ["link set lo up"]
    for address in (RESOLVER_ADDRESS, METADATA_ADDRESS, S3_ADDRESS):
        lines.append(f"address add {address}/32 dev lo")
    for number, subnet in enumerate(map(ipaddress.IPv4Network, estate.subnets)):
        lines.append(f"link add subnet{number} type bridge")
        lines.append(f"address add {subnet.network_address + 1}/{subnet.prefixlen} dev subnet{number}")
        lines.append(f"link set subnet{number} up")
    return lines


def host_lines(estate: Estate, host: Host) -> tuple[list[str], list[str]]:
    """Return the lines for the router's namespace and for the host's that connect the two."""
    subnet = estate.subnet_of(host.address)
    number = estate.subnets.index(str(subnet))
    port = "h" + host.address.replace(".", "")[:14]
    here = [
        f"link add {port} type veth peer name eth0 netns {estate.container(host.name)}",
        f"link set {port} master subnet{number}",
        f"link set {port} up",
    ]
    there = [
        "link set lo up",
        f"address add {host.address}/{subnet.prefixlen} dev eth0",
        "link set eth0 up",
        f"route add default via {subnet.network_address + 1}",
    ]
    return here, there


def create_router(estate: Estate) -> None:
    """The router is there, new, and passes packets from subnet to subnet."""
    name = router(estate)
    _run(["ip", "netns", "add", name])
    _batch(name, router_lines(estate))
    _run(["ip", "netns", "exec", name, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"])


def connect(estate: Estate, host: Host) -> None:
    """The host's namespace is there, with its address."""
    _run(["ip", "netns", "add", estate.container(host.name)])
    here, there = host_lines(estate, host)
    _batch(router(estate), here)
    _batch(estate.container(host.name), there)


def set_link(estate: Estate, host: Host, *, is_up: bool) -> None:
    """The host is cut off from every other one, or no longer."""
    here, _ = host_lines(estate, host)
    port = here[0].split()[2]
    _batch(router(estate), [f"link set {port} {'up' if is_up else 'down'}"])


def disconnect(estate: Estate, host: Host) -> None:
    """The host's namespace is gone."""
    _remove([estate.container(host.name)])


def remove(estate: Estate) -> None:
    """No namespace of the estate is left, whatever hosts it once had."""
    remove_names(f"{estate.prefix}-")


def remove_names(prefix: str) -> None:
    """No namespace whose name begins like this is left."""
    _remove([path.name for path in NAMESPACES.glob(f"{prefix}*")])


def _remove(names: Iterable[str]) -> None:
    for name in names:
        if path_of(name).exists():
            _run(["ip", "netns", "delete", name])


def _batch(namespace: str, lines: list[str]) -> None:
    _run(["ip", "-netns", namespace, "-batch", "-"], "\n".join(lines) + "\n")


def _run(command: list[str], text: str = "") -> None:
    as_root(command, text)


def as_root(command: list[str], text: str = "") -> str:
    """Run a command as root to its end and return what it says; a StackError when it fails."""
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    done = subprocess.run(
        [*prefix, *command], input=text, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode != 0:
        words = (done.stderr or done.stdout).strip()
        raise StackError(
            f"{' '.join(command[:5])} failed: {words}", "run it as root, or with sudo without a password"
        )
    return done.stdout
