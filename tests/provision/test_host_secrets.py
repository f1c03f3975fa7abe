"""Secrets of the hosts are made once, whoever asks first, and reach nobody who did not ask for them."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import host_secrets
import pytest
from certificates import is_good
from host_secrets import ROTATABLE, Document, HostSecretsError, completed, for_ansible, without
from provision.aws import Aws
from provision.identity import identify
from provision.secret_keys import HOSTS as KEY
from provision.settings import Settings

NOW = datetime(2026, 11, 23, tzinfo=UTC)
NAMES = {
    "warehouse": ["cw-warehouse", "ip-10-40-2-5.internal", "10.40.2.5"],
    "oltp": ["cw-oltp", "10.40.1.7"],
}
SCRIPT = Path(host_secrets.__file__)


def fresh(now: datetime = NOW) -> Document:
    return completed({}, NAMES, "cloudworks test", now)


@pytest.fixture
def bucket(aws: Aws, settings: Settings) -> str:
    name = identify(settings, "artifacts", suffix="123456789012").name
    location: Any = {"LocationConstraint": settings.region}
    aws.s3.create_bucket(Bucket=name, CreateBucketConfiguration=location)
    return name


def run_host(aws: Aws, settings: Settings, role: str, environment: str = "production") -> str:
    """Return the private address of a new host."""
    tags = {**identify(settings, role).tags, "Environment": environment, "Role": role, "Name": f"cw-{role}"}
    made = aws.ec2.run_instances(
        ImageId="ami-12345678",
        MinCount=1,
        MaxCount=1,
        TagSpecifications=[
            {
                "ResourceType": "instance",
                "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
            }
        ],
    )
    return made["Instances"][0]["PrivateIpAddress"]


@pytest.fixture
def addresses(aws: Aws, settings: Settings, bucket: str) -> dict[str, str]:
    assert bucket
    run_host(aws, settings, "warehouse", environment="staging")  # somebody else's
    return {role: run_host(aws, settings, role) for role in NAMES}


@dataclass
class Answer:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str


Command = Callable[..., Answer]


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str]) -> Command:
    def run(*words: str) -> Answer:
        code = host_secrets.main(list(words))
        return Answer(code, *capfd.readouterr())

    return run


def kept(aws: Aws, bucket: str, key: str = KEY) -> Document:
    return dict(json.loads(aws.s3.get_object(Bucket=bucket, Key=key)["Body"].read()))


def test_two_operators_at_once_end_with_one_set(aws: Aws, bucket: str) -> None:
    theirs = fresh()

    def ours(document: Document) -> Document:
        if not document:  # the other one is faster, just now
            aws.s3.put_object(Bucket=bucket, Key=KEY, Body=json.dumps(theirs).encode())
        return completed(document, NAMES, "x", NOW)

    assert host_secrets.stored(aws.s3, bucket, ours) == theirs == kept(aws, bucket)


def test_two_rotations_at_once_are_both_kept(aws: Aws, bucket: str) -> None:
    before = host_secrets.stored(aws.s3, bucket, lambda _: fresh())
    others: list[Document] = []

    def ours(document: Document) -> Document:
        if not others:
            other = deepcopy(document)
            other["oltp_passwords"]["shop"] = "of the other operator"
            aws.s3.put_object(Bucket=bucket, Key=KEY, Body=json.dumps(other).encode())
            others.append(other)
        return completed(without(document, "warehouse_passwords.loader"), NAMES, "x", NOW)

    after = host_secrets.stored(aws.s3, bucket, ours)
    assert after["oltp_passwords"]["shop"] == "of the other operator"
    assert after["warehouse_passwords"]["loader"] != before["warehouse_passwords"]["loader"]
    assert kept(aws, bucket) == after


def test_who_never_wins_is_told_to_come_again(aws: Aws, bucket: str) -> None:
    def busy(document: Document) -> Document:
        aws.s3.put_object(Bucket=bucket, Key=KEY, Body=json.dumps(fresh()).encode())
        return completed(document, NAMES, "x", NOW) | {"other": os.urandom(4).hex()}

    with pytest.raises(HostSecretsError, match="run this again"):
        host_secrets.stored(aws.s3, bucket, busy)


def test_what_is_broken_is_not_overwritten(aws: Aws, bucket: str) -> None:
    aws.s3.put_object(Bucket=bucket, Key=KEY, Body=b"{half")
    with pytest.raises(HostSecretsError, match="list-object-versions"):
        host_secrets.stored(aws.s3, bucket, lambda document: document)


def test_reading_twice_prints_the_same_and_writes_once(
    aws: Aws, settings: Settings, bucket: str, addresses: dict[str, str], command: Command
) -> None:
    first, second = command("read"), command("read")
    assert first.code == 0, first.err
    assert (second.out, second.err) == (first.out, "")
    shown = json.loads(first.out)
    for database, address in addresses.items():
        names = host_secrets.host_names(aws, settings)[database]
        assert names[0] == f"cw-{database}"
        assert names[-1] == address
        certificate = shown["postgresql_tls"][database]["certificate"]
        assert is_good(certificate, shown["platform_ca_certificate"], names, datetime.now(UTC))
    assert for_ansible(kept(aws, bucket)) == shown


def test_a_check_keeps_nothing_and_says_what_it_made_up(
    aws: Aws, bucket: str, addresses: dict[str, str], command: Command
) -> None:
    assert addresses
    answer = command("read", "--check")
    assert (answer.code, answer.err) == (0, "")
    assert aws.s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    shown = json.loads(answer.out)
    assert {name for name in shown.pop("not_kept") if "passphrase" not in name} == set(ROTATABLE)
    assert set(shown) == set(json.loads(command("read").out))
    made_up = [*shown["oltp_passwords"].values(), *shown["postgresql_backup_passphrase"].values()]
    assert all(value.startswith("not-kept-") for value in made_up)


def test_a_check_shows_what_is_kept_and_makes_up_the_rest(
    aws: Aws, bucket: str, addresses: dict[str, str], command: Command
) -> None:
    assert addresses
    before = json.loads(command("read").out)
    assert json.loads(command("read", "--check").out) == {**before, "not_kept": []}
    lacking = without(kept(aws, bucket), "oltp_passwords.shop")
    aws.s3.put_object(Bucket=bucket, Key=KEY, Body=json.dumps(lacking).encode())
    shown = json.loads(command("read", "--check").out)
    assert shown.pop("not_kept") == ["oltp_passwords.shop"]
    assert shown["oltp_passwords"].pop("shop").startswith("not-kept-")
    del before["oltp_passwords"]["shop"]
    assert shown == before
    assert kept(aws, bucket) == lacking


def test_functions_get_their_logins_once(
    aws: Aws, bucket: str, addresses: dict[str, str], command: Command
) -> None:
    shown = json.loads(command("read").out)
    first, second = command("publish"), command("publish")
    assert first.out == "published: warehouse-loader, oltp-reader, shop\n", first.err
    assert second.out.startswith("nothing to do")
    assert kept(aws, bucket, "secrets/shop.json") == {
        "host": addresses["oltp"],
        "port": 5432,
        "dbname": "oltp",
        "user": "oltp_shop",
        "password": shown["oltp_passwords"]["shop"],
        "sslmode": "verify-full",
        "ca_certificate": shown["platform_ca_certificate"],
    }
    assert kept(aws, bucket, "secrets/warehouse-loader.json")["user"] == "warehouse_loader"
    reader = kept(aws, bucket, "secrets/oltp-reader.json")
    assert (reader["user"], reader["host"]) == ("oltp_reader", addresses["oltp"])


def test_a_rotation_changes_one_secret_and_tells_nothing_of_it(
    command: Command, addresses: dict[str, str]
) -> None:
    assert addresses
    before = json.loads(command("read").out)
    answer = command("rotate", "warehouse_passwords.loader")
    after = json.loads(command("read").out)
    assert answer.code == 0, answer.err
    assert "ansible-playbook site.yml" in answer.out
    assert after["warehouse_passwords"]["loader"] not in answer.out
    assert after["warehouse_passwords"].pop("loader") != before["warehouse_passwords"].pop("loader")
    assert after == before
    assert command("publish").out == "published: warehouse-loader, oltp-reader, shop\n"


def test_a_passphrase_of_backups_can_not_be_rotated(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        host_secrets.main(["rotate", "postgresql_backup_passphrase.oltp"])
    assert "invalid choice" in capfd.readouterr().err


def test_without_a_host_the_next_command_is_told(
    aws: Aws, settings: Settings, bucket: str, command: Command
) -> None:
    assert bucket
    run_host(aws, settings, "oltp")
    answer = command("read")
    assert (answer.code, answer.out) == (1, "")
    assert "Role=warehouse; make it: python -m provision apply" in answer.err


def on_a_terminal(*arguments: str) -> tuple[int, str]:
    """Return how the command ended, and what somebody at a terminal saw."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, str(SCRIPT), *arguments], stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = b""
    while True:
        try:
            read = os.read(ours, 65_536)
        except OSError:  # Linux's way to say that nobody writes any more
            read = b""
        if not read:
            break
        seen += read
    os.close(ours)
    return process.wait(timeout=60), seen.decode()


def test_a_terminal_sees_secrets_only_when_asked(addresses: dict[str, str], command: Command) -> None:
    assert addresses
    shown = json.loads(command("read").out)
    code, seen = on_a_terminal("read")
    assert code == 1
    assert "--show" in seen
    assert [value for value in shown["oltp_passwords"].values() if value in seen] == []
    code, seen = on_a_terminal("read", "--show")
    assert code == 0
    assert shown["oltp_passwords"]["shop"] in seen
