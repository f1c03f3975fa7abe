"""What a rehearsal stands on: an emulated AWS whose instances are containers, and an operator with keys."""

from __future__ import annotations

import json
import platform as machine
import re
import shutil
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from provision.aws import Account
from provision.normal_form import policy_text
from provision.operator_policy import operator_policies
from provision.settings import DEFAULT_PATH, Settings, read_settings

from local_stack import podman, stack
from local_stack import state as stack_state
from local_stack.aws.function_network import FILE, Relay
from local_stack.hosts import fleet, network
from local_stack.hosts.estate import Estate, Host
from local_stack.rehearsal import agent_package, internet, playbook
from local_stack.state import CHECKOUT, StackState

DIRECTORY = stack_state.DEFAULT_DIRECTORY / "rehearsal"
ENVIRONMENT = "rehearsal"
FOLLOW_SECONDS = 1.0
# Where the functions that live in subnets are found there: addresses that EC2 gives nobody in a small estate.
FUNCTIONS = {"etl": "10.40.2.250", "shop": "10.40.1.250"}
OWN_SETTINGS = {
    "platform_environment": ENVIRONMENT,
    "platform_host_architecture": "arm64" if machine.machine() == "aarch64" else "amd64",
    "platform_function_architecture": "arm64" if machine.machine() == "aarch64" else "x86_64",
    **{f"platform_{host}_instance_type": "t3.small" for host in ("oltp", "warehouse", "dashboards")},
    **{f"platform_{host}_data_gb": 4 for host in ("oltp", "warehouse")},
}
Say = Callable[[str], None]


@dataclass
class Ground:
    """A running rehearsal."""

    state: StackState
    settings_path: Path
    settings: Settings
    operator: Mapping[str, str] = field(repr=False)  # the operator's environment variables

    def playbook(
        self, name: str, *options: str, log: str, on_line: Callable[[str], None] = lambda _line: None
    ) -> playbook.Run:
        """Run a playbook of the project about this environment, as its operator."""
        return playbook.run(
            name,
            *("-e", f"settings_file={self.settings_path}", *options),
            environment=self.operator,
            log=self.state.log_directory / f"{log}.log",
            on_line=on_line,
        )

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes clients at run time
        """Return a boto3 client with the rights of the stack's own administrator."""
        session = boto3.Session(
            self.state.aws_access_key_id,
            self.state.aws_secret_access_key,
            region_name=self.state.aws_region,
        )
        return session.client(service, endpoint_url=self.state.aws_endpoint_url)  # type: ignore[call-overload]

    def instances(self) -> dict[str, str]:
        """Return the instance that runs for each role."""
        wanted = [
            {"Name": "tag:Environment", "Values": [ENVIRONMENT]},
            {"Name": "instance-state-name", "Values": ["running"]},
        ]
        pages = self.client("ec2").get_paginator("describe_instances").paginate(Filters=wanted)
        found = (one for page in pages for group in page["Reservations"] for one in group["Instances"])
        return {_tag(one, "Role"): one["InstanceId"] for one in found}

    def container(self, role: str) -> str:
        """Return the container that stands for the instance of a role."""
        return fleet.container_of(self.state, self.instances()[role])

    def on_host(self, role: str, *command: str, stdin: bytes = b"", check: bool = True) -> str:
        """Return what a command prints that is run as root in a host, past all doors: only for looking."""
        done = podman.podman(
            "exec",
            "--interactive",
            self.container(role),
            *command,
            stdin=stdin,
            check=check,
            timeout_seconds=300,
        )
        return (done.stdout + (b"" if check else done.stderr)).decode(errors="replace")


def _tag(instance: Mapping[str, Any], name: str) -> str:
    return next((str(tag["Value"]) for tag in instance.get("Tags", []) if tag["Key"] == name), "")


def own_settings(directory: Path) -> Path:
    """Write the settings: those of the project, but another environment, of this machine's architecture."""
    text = (CHECKOUT / DEFAULT_PATH).read_text()
    for key, value in OWN_SETTINGS.items():
        text, count = re.subn(rf"(?m)^{key}: \S+", f"{key}: {value}", text)
        if count != 1:
            raise ValueError(f"{DEFAULT_PATH} must have {key} once")
    path = directory / "platform.yml"
    stack_state.write_private(path, text)
    return path


@contextmanager
def prepared(say: Say, directory: Path = DIRECTORY, *, keep: bool = False) -> Iterator[Ground]:
    """Yield the ground, new; nothing of it is left afterwards, unless it is to be kept."""
    remove(directory)
    state = stack_state.create(directory)
    try:
        with ExitStack() as open_things:
            yield _prepare(state, say, open_things)
    finally:
        if not keep:
            remove(directory)


@contextmanager
def logs_kept(ground: Ground, folder: Path) -> Iterator[None]:
    """What the rehearsal logged is in a folder of its own afterwards, however it went."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        yield
    finally:
        for log in ground.state.log_directory.glob("*.log"):
            shutil.copy(log, folder)


def remove(directory: Path = DIRECTORY) -> None:
    """Nothing of a rehearsal is left: containers, namespaces, processes, files."""
    state = stack_state.read(directory)
    if state is not None:
        stack.stop(state, lambda _line: None)
        fleet.clean(state)
        podman.remove_tree(directory)


def _prepare(state: StackState, say: Say, open_things: ExitStack) -> Ground:
    state = stack.start(state, say, ("aws", "edge"))
    settings_path = own_settings(state.directory)
    settings = read_settings(settings_path)
    ground = Ground(state, settings_path, settings, state.aws_environment())
    agent_package.publish(ground.client("s3"), settings.region, settings.host_architecture)
    made = fleet.start(state, say, settings)
    _let_functions_in(state, settings, made.estate, open_things)
    ways = internet.Ways(
        settings.region, state.aws_endpoint_url, made.certificates.certificate, made.certificates.key
    )
    proxy_url = open_things.enter_context(internet.proxy(ways))
    open_things.enter_context(_followed(ground, say))
    ground.operator = {
        **state.aws_environment(),
        **_operator_keys(ground),
        "AWS_CA_BUNDLE": str(made.certificates.authority),
        "AWS_SESSION_MANAGER_PLUGIN": str(_plugin(state)),
        "HTTPS_PROXY": proxy_url,
        "NO_PROXY": "127.0.0.1,localhost",
    }
    return ground


def _let_functions_in(state: StackState, settings: Settings, estate: Estate, open_things: ExitStack) -> None:
    """The functions of subnets get a namespace there, and the AWS API in it."""
    namespaces = {}
    for function, address in FUNCTIONS.items():
        neighbour = Host(f"function-{function}", address)
        network.connect(estate, neighbour)
        namespace = str(network.path_of(estate.container(neighbour.name)))
        open_things.callback(Relay(namespace, state.port_of(state.aws_endpoint_url)).close)
        namespaces[f"{settings.project}-{settings.environment}-{function}"] = namespace
    stack_state.write_private(state.directory / FILE, json.dumps(namespaces) + "\n")


def _operator_keys(ground: Ground) -> dict[str, str]:
    """Return the keys of an IAM user who has the operator's policies, and no other right."""
    iam, name = ground.client("iam"), f"{ENVIRONMENT}-operator"
    iam.create_user(UserName=name)
    account = Account(ground.state.aws_account_id, ground.settings.region, "")
    documents = operator_policies(ground.settings, account)
    for policy, document in documents.items():
        iam.put_user_policy(UserName=name, PolicyName=policy, PolicyDocument=policy_text(document))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def _plugin(state: StackState) -> Path:
    """Write the program that AWS calls session-manager-plugin, of this stack."""
    path = state.directory / "session-manager-plugin"
    script = CHECKOUT / "local_stack" / "session_manager_plugin.py"
    lines = [
        "#!/bin/sh",
        f"export LOCAL_STACK_DIRECTORY='{state.directory}'",
        f"exec '{sys.executable}' -BS '{script}' \"$@\"",
    ]
    stack_state.write_private(path, "\n".join(lines) + "\n")
    path.chmod(0o700)
    return path


@contextmanager
def _followed(ground: Ground, say: Say) -> Iterator[None]:
    """Let containers follow what EC2 is asked for, as machines do, for as long as this is open."""
    over = threading.Event()

    def follow() -> None:
        while not over.wait(FOLLOW_SECONDS):
            try:
                fleet.follow(ground.state, say)
                hosts = {one: fleet.container_of(ground.state, one) for one in ground.instances().values()}
                stack_state.write_private(ground.state.directory / "hosts.json", json.dumps(hosts) + "\n")
            except Exception as error:  # whatever it was, the next second tries again
                say(f"ec2: {error!r}")

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(timeout=60)
