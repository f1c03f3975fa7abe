"""Session Manager as the local stack stands in for it: who is online, who may open what, where it leads."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from provision.aws import Account
from provision.identity import identity_tags
from provision.operator_sessions import PORT_FORWARDING, session_operations
from provision.settings import read_settings

from local_stack.aws import gaps_sessions
from local_stack.rehearsal import agent
from tests.local_stack.estate import Estate, allow, trust

OPERATOR = {"AWS": "arn:aws:iam::123456789012:user/operator"}
SETTINGS = read_settings()
STATEMENTS = session_operations(SETTINGS, Account("123456789012", SETTINGS.region, "pl-1"))["Statement"]
OURS = [{"Key": key, "Value": value} for key, value in identity_tags(SETTINGS).items()]


@pytest.fixture
def instance(estate: Estate) -> Callable[..., str]:
    """Makes an instance that runs, with the environment's tags or none."""
    ec2 = estate.client("ec2")

    def make(*, is_ours: bool = True) -> str:
        image = ec2.describe_images(Owners=["136693071363"])["Images"][0]["ImageId"]
        specification = {
            "ResourceType": "instance",
            "Tags": OURS if is_ours else [{"Key": "Project", "Value": "x"}],
        }
        request = {"ImageId": image, "MinCount": 1, "MaxCount": 1, "TagSpecifications": [specification]}
        made: str = ec2.run_instances(**request)["Instances"][0]["InstanceId"]
        estate.after(lambda: ec2.terminate_instances(InstanceIds=[made]))
        return made

    return make


def report(estate: Estate, of: str, by: str | None = None) -> None:
    """Let the agent of one instance report, with credentials of a host's role, as it does on a host."""
    role = estate.role(trust(OPERATOR), allow(["ssm:UpdateInstanceInformation"], ["*"]))
    made = estate.client("sts").assume_role(RoleArn=role, RoleSessionName=by or of)["Credentials"]
    credentials = {**made, "Token": made["SessionToken"]}
    body = json.dumps({"InstanceId": of, "AgentVersion": agent.VERSION, "PlatformName": "Debian GNU/Linux"})
    signed = agent.signed(estate.stack.aws_region, body.encode(), credentials)
    asked = urllib.request.Request(  # noqa: S310 - the emulated AWS
        estate.stack.aws_endpoint_url, data=signed.data, headers=dict(signed.header_items())
    )
    with urllib.request.urlopen(asked, timeout=10):  # noqa: S310
        pass


def admitted(opened: dict[str, str], token: str | None = None) -> dict[str, Any]:
    headers = {"X-Session-Token": token or opened["TokenValue"]}
    asked = urllib.request.Request(opened["StreamUrl"], headers=headers)  # noqa: S310 - the emulated AWS
    with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
        return dict(json.load(answer))


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(ClientError) as refused:
        call()
    return str(refused.value.response["Error"]["Code"])


def test_an_instance_without_an_agent_is_not_connected(estate: Estate, instance: Callable[..., str]) -> None:
    sessions, host = estate.client("ssm"), instance()
    assert refusal(lambda: sessions.start_session(Target=host)) == "TargetNotConnected"
    assert sessions.get_connection_status(Target=host)["Status"] == "notconnected"
    filters = [{"Key": "InstanceIds", "Values": [host]}]
    assert sessions.describe_instance_information(Filters=filters)["InstanceInformationList"] == []


def test_an_instance_whose_agent_reports_is_online(estate: Estate, instance: Callable[..., str]) -> None:
    sessions, host, other = estate.client("ssm"), instance(), instance()
    report(estate, host)
    filters = [{"Key": "InstanceIds", "Values": [host, other]}]
    (found,) = sessions.describe_instance_information(Filters=filters)["InstanceInformationList"]
    assert (found["InstanceId"], found["PingStatus"]) == (host, "Online")
    assert sessions.get_connection_status(Target=host)["Status"] == "connected"


def test_an_agent_that_fell_silent_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    host = "i-0123456789abcdef0"
    monkeypatch.setattr(gaps_sessions, "_reports", {host: gaps_sessions.Report(-1e9, {})})
    assert not gaps_sessions._is_online(host)


def test_nobody_reports_for_another_instance(estate: Estate, instance: Callable[..., str]) -> None:
    host, other = instance(), instance()
    with pytest.raises(urllib.error.HTTPError) as refused:
        report(estate, of=host, by=other)
    assert refused.value.code == 400


def test_the_token_of_a_session_opens_it_until_it_ends(estate: Estate, instance: Callable[..., str]) -> None:
    sessions, host = estate.client("ssm"), instance()
    report(estate, host)
    opened = sessions.start_session(
        Target=host,
        DocumentName=PORT_FORWARDING,
        Parameters={"portNumber": ["3838"], "localPortNumber": ["8080"]},
    )
    leads = admitted(opened)
    assert (leads["target"], leads["document"]) == (host, PORT_FORWARDING)
    assert leads["parameters"]["portNumber"] == ["3838"]
    with pytest.raises(urllib.error.HTTPError):
        admitted(opened, "forged")
    sessions.terminate_session(SessionId=opened["SessionId"])
    with pytest.raises(urllib.error.HTTPError):
        admitted(opened)
    ended = [one["SessionId"] for one in sessions.describe_sessions(State="History")["Sessions"]]
    assert opened["SessionId"] in ended


def test_an_unknown_document_is_refused(estate: Estate, instance: Callable[..., str]) -> None:
    host = instance()
    report(estate, host)
    sessions = estate.client("ssm")
    assert refusal(lambda: sessions.start_session(Target=host, DocumentName="Other")) == "InvalidDocument"


def test_the_operator_reaches_hosts_of_the_environment_only(
    estate: Estate, instance: Callable[..., str]
) -> None:
    ours, strange = instance(), instance(is_ours=False)
    for host in (ours, strange):
        report(estate, host)
    operator = estate.as_role(estate.role(trust(OPERATOR), *STATEMENTS), "ssm")
    assert operator.start_session(Target=ours)["TokenValue"]
    assert refusal(lambda: operator.start_session(Target=strange)) == "AccessDenied"
    other = "AWS-StartSSHSession"
    assert refusal(lambda: operator.start_session(Target=ours, DocumentName=other)) == "AccessDenied"
    running = estate.client("ssm").start_session(Target=ours)["SessionId"]  # somebody else's
    assert refusal(lambda: operator.terminate_session(SessionId=running)) == "AccessDenied"
    assert operator.describe_instance_information()["InstanceInformationList"]
