"""What a run that was killed has left of its hosts: containers, namespaces, devices. It needs no package."""

from __future__ import annotations

from local_stack import podman
from local_stack.hosts import network, volumes
from local_stack.hosts.estate import Estate
from local_stack.state import DEFAULT_DIRECTORY

LABEL = "cloudworks.estate"


def remove() -> None:
    """No host of this checkout is left, of whatever estate."""
    prefix = Estate("any", "", ()).prefix.removesuffix("any")
    wanted = (f"--filter=label={LABEL}", f"--filter=name=^{prefix}")
    if names := podman.podman("ps", "--all", "--quiet", *wanted).stdout.decode().split():
        podman.podman("rm", "--force", "--ignore", "--time=0", "--volumes", *names, timeout_seconds=120)
    network.remove_names(prefix)
    for file in volumes.files_in_use():
        if file.startswith(f"{DEFAULT_DIRECTORY.resolve()}/"):
            volumes.detach_file(file)
