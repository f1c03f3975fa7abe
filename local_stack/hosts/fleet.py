"""Containers that follow EC2: one for each instance that the emulated AWS reports, at its private address.

What a person or the platform's own code asks of EC2 happens here to containers: they are born, run their user
data, stop, start and end. A data volume outlives them, and goes to whichever instance has it attached.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from provision.settings import Settings, read_settings

from local_stack import podman
from local_stack.errors import StackError
from local_stack.hosts import certificates, containers, network, volumes
from local_stack.hosts.certificates import Certificates
from local_stack.hosts.estate import Estate, Host, Volume
from local_stack.hosts.estate import of_document as estate_of
from local_stack.hosts.image.build import HOST
from local_stack.hosts.leftovers import LABEL
from local_stack.hosts.life import SOCKET
from local_stack.state import StackState

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

CONSOLES = Path("console")  # of the stack's folder: what each host printed at its first boot
STOP_SECONDS = 20
ROOT_DEVICE = "/dev/sda1"  # what the emulated EC2 calls it, whatever the image says
BOOT_LOG = "/var/log/cloud-init-output.log"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Fleet:
    """A running network for instances."""

    estate: Estate
    certificates: Certificates


@dataclass(frozen=True)
class Instance:
    """What EC2 says of an instance."""

    host: Host
    is_wanted: bool  # it is, or is about to be, running
    is_gone: bool


def start(state: StackState, say: Say, settings: Settings | None = None) -> Fleet:
    """The network of the instances is there, new, with all that hosts find in it; no host is yet.

    Its subnets are those of the settings, the project's own unless others are given.
    """
    image = HOST.ensure(say)
    stop(state)
    told = settings or read_settings()
    estate = replace(_unknown(state), subnets=(told.oltp_subnet_cidr, told.analytics_subnet_cidr))
    estate.save()
    made = certificates.create(estate.directory / "gateway", estate.region)
    network.create_router(estate)
    containers.start_gateway(estate, image, made, containers.Behind(upstream=state.directory / SOCKET))
    say(f"hosts: their network is {', '.join(estate.subnets)}, and leads to S3 only")
    return Fleet(estate, made)


def fleet_of(state: StackState) -> Fleet:
    """Return the stack's fleet, which has been started."""
    estate = _estate(state)
    return Fleet(estate, certificates.of(estate.directory / "gateway"))


def follow(state: StackState, say: Say) -> list[str]:
    """Containers are what EC2 reports now; return a line for each that changed. Idempotent."""
    estate, ec2 = _estate(state), _client(state)
    running = _containers(estate)
    lines = []
    for instance in _instances(ec2):
        line = _follow_one(state, instance, running)
        if line:
            lines.append(line)
            say(f"hosts: {line}")
    return lines


def container_of(state: StackState, instance_id: str) -> str:
    """Return the name of the container that stands for an instance."""
    return _estate(state).container(instance_id)


def console_of(state: StackState, instance_id: str) -> str:
    """Return what the host has printed at its first boot."""
    done = podman.podman("exec", container_of(state, instance_id), "cat", BOOT_LOG, check=False)
    return done.stdout.decode(errors="replace") if done.returncode == 0 else ""


def stop(state: StackState) -> None:
    """No container and no network of the instances is left; the volumes' bytes are."""
    estate = _estate(state)
    containers.remove_all(estate)
    network.remove(estate)
    volumes.detach_all(estate)


def clean(state: StackState) -> None:
    """Nothing of the instances is left."""
    stop(state)
    podman.remove_tree(_estate(state).directory)


def _estate(state: StackState) -> Estate:
    """Return the network as it was started, whatever any settings say by now."""
    unknown = _unknown(state)
    if not unknown.file.exists():
        return unknown
    return replace(estate_of(json.loads(unknown.file.read_text())), folder=unknown.folder)


def _unknown(state: StackState) -> Estate:
    """Return a network of which no more is known than what is needed to remove it."""
    return Estate(f"vpc-{state.label}", state.aws_region, (), folder=state.directory / "hosts")


def _client(state: StackState) -> EC2Client:
    session = boto3.Session(
        state.aws_access_key_id, state.aws_secret_access_key, region_name=state.aws_region
    )
    return session.client("ec2", endpoint_url=state.aws_endpoint_url)


def _instances(ec2: EC2Client) -> Iterator[Instance]:
    sizes = {volume["VolumeId"]: volume["Size"] for volume in ec2.describe_volumes()["Volumes"]}
    memory: dict[str, int] = {}
    for reservation in ec2.describe_instances()["Reservations"]:
        for found in reservation["Instances"]:
            name = found["State"]["Name"]
            type_ = found["InstanceType"]
            if name in {"pending", "running"} and type_ not in memory:
                (about,) = ec2.describe_instance_types(InstanceTypes=[type_])["InstanceTypes"]
                memory[type_] = about["MemoryInfo"]["SizeInMiB"]
            yield Instance(
                _host(found, sizes, memory.get(type_, 0)),
                is_wanted=name in {"pending", "running"},
                is_gone=name in {"shutting-down", "terminated"},
            )


def _host(found: Mapping[str, Any], sizes: Mapping[str, int], memory_mb: int) -> Host:
    """Return the host that an instance is; the root volume is the container's own file system."""
    attached = [
        mapping["Ebs"]["VolumeId"]
        for mapping in found.get("BlockDeviceMappings", ())
        if mapping["DeviceName"] not in {found.get("RootDeviceName"), ROOT_DEVICE}
    ]
    return Host(
        name=found["InstanceId"],
        address=found.get("PrivateIpAddress", ""),
        volumes=tuple(Volume(volume_id, sizes[volume_id]) for volume_id in attached if volume_id in sizes),
        memory_mb=memory_mb,
    )


def _containers(estate: Estate) -> dict[str, bool]:
    """Return the estate's containers, and whether each runs."""
    label = f"--filter=label={LABEL}={estate.prefix}"
    listed = json.loads(podman.podman("ps", "--all", "--format=json", label).stdout)
    return {one["Names"][0]: one["State"] in {"running", "paused"} for one in listed}


def _follow_one(state: StackState, instance: Instance, running: Mapping[str, bool]) -> str:
    """Return what was done, nothing when the container is what EC2 says already."""
    estate, host = _estate(state), instance.host
    container = estate.container(host.name)
    if container not in running:
        return _bear(state, host) if instance.is_wanted else ""
    if instance.is_gone:
        containers.remove_host(estate, host)
        network.disconnect(estate, host)
        return f"{host.name} is gone"
    if instance.is_wanted and not running[container]:
        podman.podman("start", container)
        return f"{host.name} runs again"
    if not instance.is_wanted and running[container]:
        podman.podman("stop", f"--time={STOP_SECONDS}", container, timeout_seconds=STOP_SECONDS + 60)
        return f"{host.name} stands still"
    return _look_after(state, host) if instance.is_wanted else ""


def _bear(state: StackState, host: Host) -> str:
    estate = _estate(state)
    image, made = HOST.tag(), certificates.of(estate.directory / "gateway")
    if not made.authority.exists():
        raise StackError(f"the network of {state.directory} must be there before its hosts", "fleet.start")
    network.connect(estate, host)
    containers.start_host(estate, host, image, made)
    return f"{host.name} is born at {host.address}" + "".join(f", with {one.id}" for one in host.volumes)


def _look_after(state: StackState, host: Host) -> str:
    """Volumes that were attached since are there, and what the first boot says is where EC2 shows it."""
    estate = _estate(state)
    attached = [one for one in host.volumes if volumes.holder_of(estate, one) != host.name]
    for volume in attached:
        containers.attach(estate, host, volume)
    console = state.directory / CONSOLES / host.name
    console.parent.mkdir(mode=0o700, exist_ok=True)
    is_over = console.with_suffix(".over")
    if not is_over.exists():
        console.write_text(console_of(state, host.name))
        if containers.execute(
            estate, host, "cat", "/var/lib/cloud/instance/sem/config_scripts_user", check=False
        ):
            is_over.touch()
    return f"{host.name} has {', '.join(one.id for one in attached)}" if attached else ""
