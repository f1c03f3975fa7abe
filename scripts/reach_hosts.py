"""Reach the hosts, which have no open port, through Session Manager.

wait     waits until the agent of every host is online, as Ansible needs it; says which is not
shell    opens a shell on a host
forward  makes a port of a host answer on this machine, such as the dashboards' in a browser, until Ctrl-C

Shells and forwarded ports need AWS's session-manager-plugin on this machine.
"""

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from provision.identity import identity_tags
from provision.settings import DEFAULT_PATH, Settings, SettingsError, read_settings

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

ROLES = ("oltp", "warehouse", "dashboards")
PORTS = {"oltp": 5432, "warehouse": 5432, "dashboards": 3838}
PORT_FORWARDING = "AWS-StartPortForwardingSession"
PAUSE_SECONDS = 3.0
PLUGIN = "session-manager-plugin"


class ReachError(Exception):
    """A host can't be reached; the text says what to do."""


@dataclass(frozen=True)
class Host:
    """One host that runs: its instance id and its role."""

    instance_id: str
    role: str


@dataclass(frozen=True)
class Opened:
    """A session that was started: its id, and the command line of AWS's plugin that speaks in it."""

    id: str
    command: list[str]


def running_hosts(ec2: "EC2Client", settings: Settings) -> list[Host]:
    """Return the hosts of the environment that run, by role."""
    wanted = {f"tag:{key}": [value] for key, value in identity_tags(settings).items()}
    wanted |= {"tag:Role": list(ROLES), "instance-state-name": ["running"]}
    filters: Any = [{"Name": name, "Values": values} for name, values in wanted.items()]
    found = []
    for page in ec2.get_paginator("describe_instances").paginate(Filters=filters):
        for instance in (one for part in page["Reservations"] for one in part["Instances"]):
            role = next(tag["Value"] for tag in instance["Tags"] if tag["Key"] == "Role")
            found.append(Host(instance["InstanceId"], role))
    return sorted(found, key=lambda host: ROLES.index(host.role))


def offline(sessions: Any, hosts: Sequence[Host]) -> list[Host]:  # noqa: ANN401 - boto3 has no types for it here
    """Return the hosts whose agent is not online."""
    filters = [{"Key": "InstanceIds", "Values": [host.instance_id for host in hosts]}]
    pages = sessions.get_paginator("describe_instance_information").paginate(Filters=filters)
    known = [one for page in pages for one in page["InstanceInformationList"]]
    online = {one["InstanceId"] for one in known if one["PingStatus"] == "Online"}
    return [host for host in hosts if host.instance_id not in online]


def wait(session: boto3.Session, settings: Settings, seconds: float) -> str:
    """Return a sentence once all hosts are online; raises `ReachError` when they are not in time."""
    hosts = running_hosts(session.client("ec2"), settings)
    where = f"{settings.project} {settings.environment}"
    if not hosts:
        return f"No host of {where} runs. Next: ansible-playbook site.yml, without --check"
    sessions, end = session.client("ssm"), time.monotonic() + seconds
    while missing := offline(sessions, hosts):
        if time.monotonic() >= end:
            named = ", ".join(f"{host.role} ({host.instance_id})" for host in missing)
            raise ReachError(
                f"the agent must be online on every host of {where}, it is not on {named} after"
                f" {seconds:.0f} s;"
                " next: look at the host's console, where its first boot says what it did:"
                f" aws ec2 get-console-output --latest --instance-id {missing[0].instance_id}"
            )
        time.sleep(PAUSE_SECONDS)
    return f"{len(hosts)} hosts of {where} are online: {', '.join(host.role for host in hosts)}"


def one_host(session: boto3.Session, settings: Settings, role: str) -> Host:
    """Return the host of a role; raises `ReachError` when none runs or several do."""
    found = [host for host in running_hosts(session.client("ec2"), settings) if host.role == role]
    if len(found) != 1:
        raise ReachError(
            f"one host must run as {role}, there are {len(found)}; next: python -m provision plan"
        )
    return found[0]


def start_session(session: boto3.Session, region: str, request: dict[str, Any]) -> Opened:
    """Start a session, and return how AWS's plugin opens it; raises `ReachError` without the plugin."""
    plugin = os.environ.get("AWS_SESSION_MANAGER_PLUGIN") or shutil.which(PLUGIN)
    if not plugin:
        raise ReachError(
            f"{PLUGIN} must be installed, and is not; next: https://docs.aws.amazon.com/systems-manager/"
            "latest/userguide/session-manager-working-with-install-plugin.html"
        )
    client = session.client("ssm")
    answer = client.start_session(**request)
    opened = json.dumps({key: answer[key] for key in ("SessionId", "TokenValue", "StreamUrl")})
    arguments = [plugin, opened, region, "StartSession", session.profile_name, json.dumps(request)]
    return Opened(answer["SessionId"], [*arguments, client.meta.endpoint_url])


def open_session(session: boto3.Session, region: str, request: dict[str, Any]) -> None:
    """Become AWS's plugin, which speaks with the host from here on."""
    command = start_session(session, region, request).command
    os.execv(command[0], command)  # noqa: S606 - the plugin that the operator installed


def request_of(arguments: argparse.Namespace, host: Host) -> dict[str, Any]:
    """Return what StartSession is asked for."""
    if arguments.command == "shell":
        return {"Target": host.instance_id}
    port = arguments.port or PORTS[host.role]
    return forwarding(host, port, arguments.local_port or port)


def forwarding(host: Host, port: int, local_port: int) -> dict[str, Any]:
    """Return what StartSession is asked for a port of the host to answer on this machine."""
    parameters = {"portNumber": [str(port)], "localPortNumber": [str(local_port)]}
    return {"Target": host.instance_id, "DocumentName": PORT_FORWARDING, "Parameters": parameters}


def parsed(words: Sequence[str] | None) -> argparse.Namespace:
    """Return the command line as given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--settings", type=Path, default=DEFAULT_PATH, help="the settings file")
    commands = parser.add_subparsers(dest="command", required=True)
    waiting = commands.add_parser("wait", help="until every host is online")
    waiting.add_argument("--seconds", type=float, default=600, help="how long (600)")
    for name in ("shell", "forward"):
        command = commands.add_parser(name, help=f"{name} on a host")
        command.add_argument("role", choices=ROLES, help="which host")
        if name == "forward":
            command.add_argument("--port", type=int, default=0, help="of the host (5432, dashboards 3838)")
            command.add_argument("--local-port", type=int, default=0, help="of this machine (the same)")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Run the command line; return its exit code."""
    arguments = parsed(words)
    try:
        settings = read_settings(arguments.settings)
        session = boto3.Session(region_name=settings.region)
        if arguments.command == "wait":
            sys.stdout.write(wait(session, settings, arguments.seconds) + "\n")
        else:
            host = one_host(session, settings, arguments.role)
            open_session(session, settings.region, request_of(arguments, host))
    except (ReachError, SettingsError, ClientError, BotoCoreError) as error:
        sys.stderr.write(f"can't reach the hosts: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
