"""An estate from nothing to hosts that can be configured, and back to nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from provision import first_boot
from provision.settings import Settings, read_settings

from local_stack import parts, podman, processes
from local_stack import state as stack_state
from local_stack.hosts import certificates, containers, network, packages, small_vpc, volumes
from local_stack.hosts.estate import Estate, Host
from local_stack.hosts.image.build import HOST
from local_stack.state import ACCOUNT_ID

SOCKET = Path("vpc/door.sock")  # of the emulated AWS, in its folder
Say = Callable[[str], None]


def create(estate: Estate, say: Say) -> None:
    """Every host of the estate runs, new, and its only source of packages is our repository."""
    image = HOST.ensure(say)
    tree = packages.ensure_tree(say)
    destroy(estate)
    estate.save()
    made = certificates.create(estate.directory / "gateway", estate.region)
    network.create_router(estate)
    for host in estate.hosts:
        network.connect(estate, host)
    settings = read_settings()
    url = f"https://{bucket(settings, 'artifacts')}.s3.{settings.region}.amazonaws.com/apt"
    behind = _start_aws(estate, settings) if estate.has_s3 else containers.Behind()
    containers.start_gateway(estate, image, made, replace(behind, tree_url=url, tree=tree))
    for host in estate.hosts:
        containers.start_host(estate, host, image, made)
    for host in estate.hosts:
        containers.await_boot(estate, host)
        _bring_sources(estate, host, url)


def destroy(estate: Estate) -> None:
    """Nothing of the estate is left, whatever it was."""
    containers.remove_all(estate)
    stack = stack_state.read(estate.directory / "aws")
    if stack is not None:
        processes.stop(stack.processes.get("aws"), timeout_seconds=0.0)  # nobody needs its last snapshot
    network.remove(estate)
    volumes.detach_all(estate)
    podman.remove_tree(estate.directory)


def bucket(settings: Settings, what: str) -> str:
    """Return the name of a bucket of the platform."""
    return f"{settings.project}-{settings.environment}-{what}-{ACCOUNT_ID}"


def _start_aws(estate: Estate, settings: Settings) -> containers.Behind:
    """An emulated AWS of the estate's own answers, and knows its hosts."""
    stack = parts.start_python_part(stack_state.create(estate.directory / "aws", estate.region), "aws")
    artifacts, backups = (bucket(settings, what) for what in ("artifacts", "backups"))
    small_vpc.create(estate, stack, artifacts, backups)
    return containers.Behind(upstream=stack.directory / SOCKET)


def _bring_sources(estate: Estate, host: Host, url: str) -> None:
    """What a first boot does about packages is done, by its own code."""
    boot = first_boot.FirstBoot(
        apt_url=url,
        apt_suite="trixie",
        apt_key_url=f"{url}/archive-key.asc",
        apt_key_sha256="",
        agent_url="",
        agent_sha256="",
        agent_minimum="",
        architecture="",
    )
    code = Path(first_boot.__file__).read_text().partition('\nif __name__ == "__main__"')[0]
    architecture = containers.execute(estate, host, "dpkg", "--print-architecture").decode().strip()
    call = (
        f"\nboot = {boot!r}\nboot = __import__('dataclasses').replace(boot, architecture={architecture!r})\n"
    )
    call += "write_sources(boot, Path('/'))\nbring_key(boot, Path('/'))\n"
    containers.execute(estate, host, "python3", "-", stdin=(code + call).encode())
    if host.has_package_lists:
        containers.execute(estate, host, "apt-get", "update", "-qq", "-oAPT::Update::Error-Mode=any")
