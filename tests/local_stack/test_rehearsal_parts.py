"""The parts of a rehearsal that stand between an operator and the emulated AWS."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import WaiterError
from playwright.sync_api import Error as BrowserError

from local_stack.aws.function_network import Relay
from local_stack.hosts import certificates
from local_stack.hosts.network import as_root
from local_stack.rehearsal import internet, playbook
from local_stack.rehearsal.report import FAILURES, Report
from tests.local_stack.estate import Estate

OUTPUT = """
PLAY [Make every host a safe place] ***
TASK [Gathering Facts] ***
ok: [cloudworks-rehearsal-oltp]
TASK [base : Install the packages] ***
changed: [cloudworks-rehearsal-oltp]
TASK [Give the functions their logins] ***
ok: [localhost]
PLAY RECAP ***
cloudworks-rehearsal-oltp  : ok=2    changed=1    unreachable=0    failed=0    skipped=0
localhost                  : ok=1    changed=0    unreachable=0    failed=0    skipped=0
"""


def test_a_recap_says_what_changed_on_each_host() -> None:
    found = playbook.recaps_of(OUTPUT)
    assert found["cloudworks-rehearsal-oltp"] == playbook.Recap(2, 1, 0, 0)
    assert found["localhost"].changed == 0


def test_tasks_on_hosts_are_timed_and_those_of_the_control_machine_are_not() -> None:
    timer = playbook._Timer()
    for second, line in enumerate(OUTPUT.strip().splitlines()):
        timer.see(line, float(second))
    assert timer.of_hosts() == {"001 Gathering Facts": 2.0, "002 base : Install the packages": 2.0}


@pytest.mark.parametrize("failure", [RuntimeError("no"), BrowserError("no"), WaiterError("a", "b", {})])
def test_a_step_that_fails_in_any_way_stands_in_the_table(failure: Exception) -> None:
    report = Report(lambda _line: None)

    def fail() -> str:
        raise failure

    report.step("goes well", lambda: "found")
    with pytest.raises(FAILURES):
        report.step("goes wrong", fail)
    good, bad = report.table().splitlines()
    assert good.split() == ["ok", "goes", "well", "found"]
    assert bad.split()[:3] == ["FAILED", "goes", "wrong"]


def test_s3_under_its_own_name_is_the_emulated_one_and_its_certificate_is_believed(
    estate: Estate, tmp_path: Path
) -> None:
    bucket, stack = estate.bucket(), estate.stack
    made = certificates.create(tmp_path, stack.aws_region)
    ways = internet.Ways(stack.aws_region, stack.aws_endpoint_url, made.certificate, made.key)
    with internet.proxy(ways) as url:
        session = boto3.Session(
            stack.aws_access_key_id, stack.aws_secret_access_key, region_name=stack.aws_region
        )
        s3 = session.client(
            "s3",
            endpoint_url=f"https://s3.{stack.aws_region}.amazonaws.com",
            verify=str(made.authority),
            config=Config(proxies={"https": url}, s3={"addressing_style": "virtual"}),
        )
        s3.put_object(Bucket=bucket, Key="a", Body=b"x" * 300_000)
        assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"x" * 300_000


@pytest.fixture
def namespace() -> Iterator[str]:
    """The name of a network namespace with a loopback of its own."""
    name = "cloudworks-test-relay"
    as_root(["ip", "netns", "add", name])
    as_root(["ip", "-netns", name, "link", "set", "lo", "up"])
    yield name
    as_root(["ip", "netns", "delete", name])


def test_a_port_of_the_machine_answers_in_a_namespace_while_it_is_relayed(
    estate: Estate, namespace: str
) -> None:
    port = estate.stack.port_of(estate.stack.aws_endpoint_url)
    ask = f"import urllib.request as u; print(u.urlopen('http://127.0.0.1:{port}/_local/health').read())"
    command = ["ip", "netns", "exec", namespace, sys.executable, "-c", ask]
    relay = Relay(f"/run/netns/{namespace}", port)
    assert as_root(command).strip() == "b'ok\\n'"
    relay.close()
    after = subprocess.run(command, capture_output=True, check=False, timeout=30)
    assert after.returncode != 0
