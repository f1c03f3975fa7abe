"""Who reaches hosts: waits for them, is told which is missing, and runs commands with a database's login."""

import json
import re
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import host_secrets
import pytest
import reach_hosts
import with_database
import yaml
from provision.aws import Aws
from provision.identity import identify, identity_tags
from provision.secret_keys import HOSTS
from provision.settings import DEFAULT_PATH, read_settings
from reach_hosts import ReachError

from local_stack.processes import wait_until
from local_stack.state import CHECKOUT, StackState, is_port_free
from tests.local_stack.estate import Estate
from tests.local_stack.test_sessions import report

SETTINGS = replace(read_settings(), environment="reached")
# Takes the plugin's arguments, writes down that it did, and listens where it is told to.
PLUGIN = """#!{python}
import json, os, socket, sys
request = json.loads(sys.argv[5])
open(os.environ["ASKED"], "w").write(json.dumps(sys.argv[1:]))
if os.environ.get("PLUGIN_FAILS"):
    sys.exit("the session was refused")
with socket.create_server(("127.0.0.1", int(request["Parameters"]["localPortNumber"][0]))) as listening:
    listening.accept()
"""
SHOW = """
import json, os
names = {name: value for name, value in os.environ.items() if name.startswith("PG")}
of_files = ("PGPASSFILE", "PGSSLROOTCERT")
files = {name: [open(names[name]).read(), os.stat(names[name]).st_mode] for name in of_files}
print(json.dumps([names, files]), file=open(os.environ["SHOWN"], "w"))
raise SystemExit(7)
"""


@pytest.fixture(autouse=True)
def _as_operator(stack: StackState, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in stack.aws_environment().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def host(estate: Estate) -> Iterator[Callable[[str], str]]:
    """Makes a host of the environment `reached` that runs."""
    ec2 = estate.client("ec2")
    made: list[str] = []

    def make(role: str) -> str:
        image = ec2.describe_images(Owners=["136693071363"])["Images"][0]["ImageId"]
        tags = {**identity_tags(SETTINGS), "Role": role, "Name": f"reached-{role}"}
        listed = [{"Key": key, "Value": value} for key, value in tags.items()]
        tagging = [{"ResourceType": "instance", "Tags": listed}]
        instances = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, TagSpecifications=tagging)
        made.append(instances["Instances"][0]["InstanceId"])
        return made[-1]

    yield make
    if made:
        ec2.terminate_instances(InstanceIds=made)


@pytest.fixture
def session() -> boto3.Session:
    return boto3.Session(region_name=SETTINGS.region)


def test_without_hosts_there_is_nothing_to_wait_for(session: boto3.Session) -> None:
    assert "No host of cloudworks reached runs" in reach_hosts.wait(session, SETTINGS, 0)


def test_a_host_that_is_not_online_is_named(
    estate: Estate, session: boto3.Session, host: Callable[[str], str]
) -> None:
    shop, silent = host("oltp"), host("warehouse")
    report(estate, shop)
    with pytest.raises(ReachError, match=rf"not on warehouse \({silent}\) after 0 s.*get-console-output"):
        reach_hosts.wait(session, SETTINGS, 0)
    report(estate, silent)
    assert reach_hosts.wait(session, SETTINGS, 0).endswith("are online: oltp, warehouse")


def test_one_host_of_a_role_is_reached_and_not_one_of_several(
    session: boto3.Session, host: Callable[[str], str]
) -> None:
    with pytest.raises(ReachError, match="there are 0; next: python -m provision plan"):
        reach_hosts.one_host(session, SETTINGS, "oltp")
    first = host("oltp")
    assert reach_hosts.one_host(session, SETTINGS, "oltp").instance_id == first
    host("oltp")
    with pytest.raises(ReachError, match="there are 2"):
        reach_hosts.one_host(session, SETTINGS, "oltp")


def test_without_the_plugin_no_session_is_started(
    session: boto3.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("AWS_SESSION_MANAGER_PLUGIN", raising=False)
    with pytest.raises(ReachError, match="session-manager-plugin must be installed"):
        reach_hosts.start_session(session, SETTINGS.region, {"Target": "i-0123456789abcdef0"})


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["shell", "oltp"], None),
        (["forward", "dashboards"], ("3838", "3838")),
        (["forward", "warehouse", "--local-port", "15432"], ("5432", "15432")),
    ],
)
def test_a_session_is_asked_for_what_the_command_says(
    words: list[str], wanted: tuple[str, str] | None
) -> None:
    asked = reach_hosts.request_of(reach_hosts.parsed(words), reach_hosts.Host("i-1", words[1]))
    assert asked["Target"] == "i-1"
    parameters = asked.get("Parameters", {})
    ports = tuple(parameters[name][0] for name in ("portNumber", "localPortNumber") if parameters)
    assert ports == (wanted or ())


@pytest.fixture
def secrets(estate: Estate, host: Callable[[str], str]) -> Iterator[host_secrets.Document]:
    """The secrets of two hosts that are online, in the artifacts bucket."""
    for role in ("oltp", "warehouse"):
        report(estate, host(role))
    aws = Aws(SETTINGS.region)
    bucket = identify(SETTINGS, "artifacts", suffix="123456789012").name
    place: Any = {"LocationConstraint": SETTINGS.region}
    aws.s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    names = host_secrets.host_names(aws, SETTINGS)
    yield host_secrets.stored(
        aws.s3, bucket, lambda found: host_secrets.completed(found, names, "reached", datetime.now(UTC))
    )
    aws.s3.delete_object(Bucket=bucket, Key=HOSTS)
    aws.s3.delete_bucket(Bucket=bucket)


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands in for AWS's plugin: a program that listens on the local port."""
    program = tmp_path / "plugin"
    program.write_text(PLUGIN.format(python=sys.executable))
    program.chmod(0o755)
    monkeypatch.setenv("AWS_SESSION_MANAGER_PLUGIN", str(program))
    monkeypatch.setenv("ASKED", str(tmp_path / "asked"))
    monkeypatch.setenv("SHOWN", str(tmp_path / "shown"))
    monkeypatch.setenv("PGSERVICE", "another")
    return tmp_path


def test_a_command_gets_a_login_and_a_way_and_both_are_gone_afterwards(
    estate: Estate, secrets: host_secrets.Document, plugin: Path
) -> None:
    assert with_database.run(SETTINGS, "oltp_owner", [sys.executable, "-c", SHOW]) == 7
    names, files = json.loads((plugin / "shown").read_text())
    port = names["PGPORT"]
    password, mode = files["PGPASSFILE"]
    assert password == f"reached-oltp:{port}:oltp:oltp_owner:{secrets['oltp_passwords']['owner']}\n"
    assert stat.S_IMODE(mode) == 0o600
    assert files["PGSSLROOTCERT"][0] == secrets["platform_ca"]["certificate"]
    assert {name: names[name] for name in ("PGHOST", "PGHOSTADDR", "PGUSER", "PGSSLMODE")} == {
        "PGHOST": "reached-oltp",
        "PGHOSTADDR": "127.0.0.1",
        "PGUSER": "oltp_owner",
        "PGSSLMODE": "verify-full",
    }
    assert "PGSERVICE" not in names
    assert not Path(names["PGPASSFILE"]).exists()
    asked = json.loads((plugin / "asked").read_text())
    assert json.loads(asked[4])["Parameters"] == {"portNumber": ["5432"], "localPortNumber": [port]}
    assert secrets["oltp_passwords"]["owner"] not in " ".join([*asked, *names.values()])
    ended = estate.client("ssm").describe_sessions(State="History")["Sessions"]
    assert json.loads(asked[0])["SessionId"] in {one["SessionId"] for one in ended}


def test_a_way_that_does_not_open_is_told_and_the_command_does_not_run(
    secrets: host_secrets.Document, plugin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert secrets
    monkeypatch.setenv("PLUGIN_FAILS", "yes")
    with pytest.raises(ReachError, match="it says: the session was refused"):
        with_database.run(SETTINGS, "oltp_owner", [sys.executable, "-c", SHOW])
    assert not (plugin / "shown").exists()


def test_a_login_that_was_never_made_is_told(secrets: host_secrets.Document) -> None:
    lacking = host_secrets.without(secrets, "oltp_passwords.owner")
    with pytest.raises(host_secrets.HostSecretsError, match="oltp_owner has no password yet"):
        with_database.login_of("oltp_owner", lacking, "host")


def test_the_logins_are_those_that_hosts_take_from_their_own_loopback() -> None:
    taken = {
        entry["role"]
        for database in ("oltp", "warehouse")
        for entry in yaml.safe_load((CHECKOUT / f"inventory/group_vars/{database}.yml").read_text())[
            "postgresql_databases_access"
        ]
        if entry["from"] == "samehost"
    }
    assert taken == set(with_database.LOGINS)


def test_a_command_that_is_killed_ends_as_in_a_shell() -> None:
    assert with_database.run_with({}, ["sh", "-c", "kill -TERM $$"]) == 128 + 15


def test_who_is_stopped_leaves_no_password_and_no_plugin(
    secrets: host_secrets.Document, plugin: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert secrets
    settings = plugin / "platform.yml"
    text = (CHECKOUT / DEFAULT_PATH).read_text()
    settings.write_text(re.sub(r"(?m)^platform_environment: \S+", "platform_environment: reached", text))
    monkeypatch.setenv("TMPDIR", str(plugin / "tmp"))
    (plugin / "tmp").mkdir()
    command = [sys.executable, "scripts/with_database.py", "--settings", str(settings), "oltp_owner", "--"]
    with subprocess.Popen([*command, "sh", "-c", "touch $SHOWN; sleep 600"], cwd=CHECKOUT) as running:
        assert wait_until((plugin / "shown").exists, 60)
        assert list((plugin / "tmp").rglob("PGPASSFILE"))
        running.terminate()
        assert running.wait(timeout=60) == 128 + 15
    assert list((plugin / "tmp").iterdir()) == []
    port = json.loads(json.loads((plugin / "asked").read_text())[4])["Parameters"]["localPortNumber"][0]
    assert is_port_free(int(port))
