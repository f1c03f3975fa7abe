"""What happens to hosts while they are configured: S3 is away, the power fails, a host is lost for good."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from local_stack import podman
from local_stack.hosts import network
from local_stack.hosts.estate import S3_ADDRESS
from local_stack.rehearsal.ground import Ground
from local_stack.rehearsal.playbook import Run

# Command lines on a host: Ansible's module for packages, and not the shell that has just brought it there;
MODULE = "^[^ ]*python3[^ ]* [^ ]*AnsiballZ_apt"
# and dpkg, while half of what it installs is there
DPKG = "^[^ ]*dpkg .*--(unpack|configure)"
WITHIN_SECONDS = 180


def lose_host(ground: Ground, role: str) -> list[str]:
    """The instance of a role is terminated by hand; return the volumes that are left of it."""
    ec2, instance = ground.client("ec2"), ground.instances()[role]
    (group,) = ec2.describe_instances(InstanceIds=[instance])["Reservations"]
    volumes = [mapping["Ebs"] for mapping in group["Instances"][0]["BlockDeviceMappings"]]
    ec2.modify_instance_attribute(InstanceId=instance, DisableApiTermination={"Value": False})
    ec2.terminate_instances(InstanceIds=[instance])
    ec2.get_waiter("instance_terminated").wait(InstanceIds=[instance])
    return [volume["VolumeId"] for volume in volumes if not volume["DeleteOnTermination"]]


def lose_volumes(ground: Ground, volumes: Sequence[str]) -> None:
    """The volumes of a host that is no more are deleted by hand."""
    ec2 = ground.client("ec2")
    ec2.get_waiter("volume_available").wait(VolumeIds=list(volumes))
    for volume in volumes:
        ec2.delete_volume(VolumeId=volume)
    ec2.get_waiter("volume_deleted").wait(VolumeIds=list(volumes))


def run_without_s3(ground: Ground, role: str, task: str, log: str) -> Run:
    """Run site.yml; S3 is away for the host from when the task installs packages there, until the end."""
    when = _When(ground, role, task, MODULE, lambda: _route(ground, role, "add"))
    try:
        return when.run(log)
    finally:
        if when.is_done:
            _route(ground, role, "delete")


def run_with_power_cut(ground: Ground, role: str, task: str, log: str) -> Run:
    """Run site.yml; the host loses its power while the task installs packages there, until the end."""
    ec2, instance = ground.client("ec2"), ground.instances()[role]
    container = ground.container(role)

    def cut() -> None:
        podman.podman("kill", "--signal=KILL", container)
        ec2.stop_instances(InstanceIds=[instance])  # so that it stays off: nothing of it was running any more

    when = _When(ground, role, task, DPKG, cut)
    try:
        return when.run(log)
    finally:
        if when.is_done:
            ec2.get_waiter("instance_stopped").wait(InstanceIds=[instance])
            ec2.start_instances(InstanceIds=[instance])
            ec2.get_waiter("instance_running").wait(InstanceIds=[instance])


def _route(ground: Ground, role: str, what: str) -> None:
    namespace = ground.container(role)
    network.as_root(["ip", "-netns", namespace, "route", what, "unreachable", f"{S3_ADDRESS}/32"])


@dataclass
class _When:
    """Does something once, in the middle of a task on a host: as soon as a command is seen there."""

    ground: Ground
    role: str
    task: str
    command: str
    act: Callable[[], None]
    is_done: bool = False
    _acting: Future[None] | None = field(default=None, repr=False)

    def run(self, log: str) -> Run:
        """Run site.yml to its end; RuntimeError when the moment never came, or what is done in it failed."""
        with ThreadPoolExecutor(max_workers=1) as pool:
            run = self.ground.playbook("site.yml", log=log, on_line=lambda line: self._see(line, pool))
        if self._acting is None:
            raise RuntimeError(f"[{self.task}] never began; see {log}.log")
        error = self._acting.exception()
        if error is not None:
            raise RuntimeError(f"[{self.task}] was left alone on {self.role}; see {log}.log") from error
        return run

    def _see(self, line: str, pool: ThreadPoolExecutor) -> None:
        if line.startswith(f"TASK [{self.task}]") and self._acting is None:
            self._acting = pool.submit(self._wait_and_act)

    def _wait_and_act(self) -> None:
        """Wait in the host itself: what is asked for from outside, a second each time, comes too late."""
        until_seen = f"until pgrep --full '{self.command}' > /dev/null; do sleep 0.05; done"
        self.ground.on_host(self.role, "timeout", f"{WITHIN_SECONDS}", "sh", "-c", until_seen)
        self.act()
        self.is_done = True
