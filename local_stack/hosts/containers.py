"""The containers of an estate: its gateway, and a host each, with systemd as the first process."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from local_stack import podman
from local_stack.errors import StackError, StackNotReadyError
from local_stack.hosts import network, volumes
from local_stack.hosts.certificates import Certificates
from local_stack.hosts.estate import METADATA_ADDRESS, RESOLVER_ADDRESS, S3_ADDRESS, Estate, Host, Volume
from local_stack.hosts.gateway.settings import Settings
from local_stack.hosts.leftovers import LABEL
from local_stack.state import CHECKOUT

BOOT_SECONDS = 300.0  # seconds on an idle machine; its containers share what others leave of a busy one
START_SECONDS = 30.0
# Below the machine's own hard limits: podman's defaults need a capability that CI often lacks.
LIMITS = ("--ulimit=nofile=16384:16384", "--ulimit=nproc=16384:16384")
# SYS_ADMIN lets systemd wall services in, and mounts; NET_ADMIN is for the host's own packet filter; MKNOD is
# for the devices of volumes, and what may be opened of them are loop devices only.
CAPABILITIES = ("--cap-add=SYS_ADMIN", "--cap-add=NET_ADMIN", "--cap-add=MKNOD")
AUTHORITY = "/usr/local/share/ca-certificates/emulated-aws.crt"


@dataclass(frozen=True)
class Behind:
    """What stands behind the gateway: the emulated AWS, and a folder of files that is shown below a URL."""

    upstream: Path | None = None  # its socket
    tree_url: str = ""
    tree: Path | None = None


def start_gateway(estate: Estate, image: str, certificates: Certificates, behind: Behind) -> None:
    """What hosts find at AWS's addresses answers."""
    upstream, tree = behind.upstream, behind.tree
    told = Settings(
        region=estate.region,
        s3_address=S3_ADDRESS,
        resolver_address=RESOLVER_ADDRESS,
        metadata_address=METADATA_ADDRESS,
        certificate="/etc/gateway/s3.crt",
        key="/etc/gateway/s3.key",
        domain=estate.domain,
        subnets=list(estate.subnets),
        tree_url=behind.tree_url if tree else "",
        tree="/srv/tree" if tree else "",
        upstream=f"/run/upstream/{upstream.name}" if upstream else "",
    )
    told.save(certificates.key.parent / "gateway.json")
    mounts = [f"--volume={CHECKOUT / 'local_stack'}:/srv/local_stack:ro"]
    mounts.append(f"--volume={certificates.key.parent}:/etc/gateway:ro")
    mounts += [f"--volume={tree}:/srv/tree:ro"] if tree else []
    mounts += [f"--volume={upstream.parent}:/run/upstream"] if upstream else []
    command = ["python3", "-B", "-m", "local_stack.hosts.gateway.serve", "/etc/gateway/gateway.json"]
    options = ["--env=PYTHONPATH=/srv", "--no-hosts", *mounts]
    _run(estate, "gateway", network.router(estate), [*options, image, *command])
    _await_line(estate, "gateway", "ready")


def start_host(estate: Estate, host: Host, image: str, certificates: Certificates) -> None:
    """The host's container runs, and its volumes are attached; `await_boot` waits for what runs in it."""
    options = [
        *CAPABILITIES,
        "--device-cgroup-rule=b 7:* rwm",
        "--systemd=always",
        "--cgroupns=private",
        "--no-hosts",
        f"--hostname={host.hostname}",
        f"--env=HOST_DOMAIN={estate.domain}",
        f"--env=HOST_NAMESERVER={RESOLVER_ADDRESS}",
        f"--volume={certificates.authority}:{AUTHORITY}:ro",
        *_memory(estate, host),
        "--restart=always",  # a reboot from inside comes back; what podman kills stays down
    ]
    _run(estate, host.name, estate.container(host.name), [*options, image])
    for volume in host.volumes:
        attach(estate, host, volume)


def attach(estate: Estate, host: Host, volume: Volume) -> None:
    """The host has the volume as a device, under the name that it has on EC2. Idempotent."""
    device = Path(volumes.attach(estate, volume))
    number = device.stat().st_rdev
    words = [volume.disk_name, device.name, str(os.major(number)), str(os.minor(number))]
    execute(estate, host, "host-disks", *words)
    volumes.note_holder(estate, volume, host)


def _memory(estate: Estate, host: Host) -> list[str]:
    """Return what limits the host's memory, and tells those in it who look."""
    if not host.memory_mb:
        return []
    size_kb = host.memory_mb * 1024
    lines = {"MemTotal": size_kb, "MemFree": size_kb * 8 // 10, "MemAvailable": size_kb * 9 // 10}
    lines |= {"Buffers": 0, "Cached": 0, "SwapCached": 0, "SwapTotal": 0, "SwapFree": 0, "Hugepagesize": 2048}
    file = estate.directory / f"{host.name}.meminfo"
    file.write_text("".join(f"{name + ':':16}{value:8} kB\n" for name, value in lines.items()))
    return [f"--memory={host.memory_mb}m", f"--volume={file}:/proc/meminfo:ro"]


def await_boot(estate: Estate, host: Host) -> None:
    """systemd in the host has started everything; a StackError that names what failed."""
    container = estate.container(host.name)
    deadline = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < deadline:
        asked = podman.podman(
            "exec",
            container,
            "systemctl",
            "is-system-running",
            "--wait",
            timeout_seconds=BOOT_SECONDS,
            check=False,
        )
        said = asked.stdout.decode().strip()
        if said == "running":
            return
        if said == "degraded":
            failed = podman.podman(
                "exec", container, "systemctl", "--failed", "--no-legend", "--plain"
            ).stdout.decode()
            raise StackError(
                f"{host.name} booted, but: {failed}", f"podman exec -it {container} journalctl -b"
            )
        time.sleep(0.3)
    raise StackNotReadyError(
        f"{host.name} did not boot within {BOOT_SECONDS:.0f} s", f"podman logs {container}"
    )


def remove_host(estate: Estate, host: Host) -> None:
    """The host's container is gone, at once, and so are the devices of its volumes; their bytes stay."""
    podman.podman("rm", "--force", "--ignore", "--time=0", "--volumes", estate.container(host.name))
    for volume in host.volumes:
        volumes.detach(estate, volume)


def remove_all(estate: Estate) -> None:
    """No container of the estate is left."""
    listed = podman.podman("ps", "--all", "--quiet", f"--filter=label={LABEL}={estate.prefix}").stdout
    if names := listed.decode().split():
        podman.podman("rm", "--force", "--ignore", "--time=0", "--volumes", *names, timeout_seconds=120)


def execute(estate: Estate, host: Host, *command: str, stdin: bytes = b"", check: bool = True) -> bytes:
    """Run a command in a host as root; return what it prints."""
    done = podman.podman(
        "exec", "--interactive", estate.container(host.name), *command, stdin=stdin, check=check
    )
    return done.stdout


def _run(estate: Estate, part: str, namespace: str, words: list[str]) -> None:
    own = [f"--name={estate.container(part)}", f"--label={LABEL}={estate.prefix}", "--log-driver=k8s-file"]
    place = ["--runtime=runc", f"--network=ns:{network.path_of(namespace)}", *LIMITS]
    podman.podman("run", "--detach", *own, *place, *words)


def _await_line(estate: Estate, part: str, line: str, pause: Callable[[float], None] = time.sleep) -> None:
    deadline = time.monotonic() + START_SECONDS
    logs = ""
    while time.monotonic() < deadline:
        done = podman.podman("logs", estate.container(part))
        logs = (done.stdout + done.stderr).decode(errors="replace")
        if line in logs.splitlines():
            return
        pause(0.2)
    raise StackNotReadyError(f"the {part} of {estate.name} did not start:\n{logs}", "try again")
