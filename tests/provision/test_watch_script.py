"""What an operator sees of alarms, logs and given-up runs, against an emulated AWS."""

import time
from pathlib import Path

import pytest
import watch
from provision.aws import Aws
from provision.identity import identify
from provision.resources import Queue
from provision.settings import Settings

from tests.provision.test_watching import alarms_of

SETTINGS = ["--settings", str(Path(__file__).parents[2] / "inventory/group_vars/all/platform.yml")]


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert watch.main([*SETTINGS, *arguments]) == 0
    return capsys.readouterr().out


def test_what_rings_stands_first_and_says_what_to_do(
    settings: Settings, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    for alarm in alarms_of(settings)[:5]:
        alarm.create(aws)
    assert "cloudworks-production-api-errors rings" in shown(capsys, "ring", "api-errors")
    lines = shown(capsys, "alarms").splitlines()
    assert lines[0].startswith("ALARM")
    assert "What to do: docs/runbooks/api-errors.md" in lines[1]
    assert [line[:2] for line in lines[2:]] == ["OK"] * 4


def test_a_log_is_shown_from_when_it_matters_and_searched(
    settings: Settings, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"/aws/lambda/{identify(settings, 'etl').name}"
    aws.logs.create_log_group(logGroupName=name)
    aws.logs.create_log_stream(logGroupName=name, logStreamName="s")
    now = round(time.time() * 1000)
    lines = {now - 5 * 3_600_000: "long ago", now - 60_000: "can't reach it", now: "well"}
    events = [{"timestamp": at, "message": text} for at, text in lines.items()]
    aws.logs.put_log_events(logGroupName=name, logStreamName="s", logEvents=events)  # type: ignore[arg-type]  # as boto3 takes it
    assert [line[20:] for line in shown(capsys, "log", "etl").splitlines()] == ["can't reach it", "well"]
    found = shown(capsys, "log", "etl", "--hours", "9", "--search", "can't reach").splitlines()
    assert [line[20:] for line in found] == ["can't reach it"]


def test_given_up_runs_are_shown_until_they_are_cleared(
    settings: Settings, aws: Aws, capsys: pytest.CaptureFixture[str]
) -> None:
    queue = Queue(identity=identify(settings, "etl-dead-letters"), retention_days=14)
    queue.create(aws)
    aws.queues.send_message(
        QueueUrl=queue.id,
        MessageBody='{"from_date": "2026-11-01"}',
        MessageAttributes={"ERROR_CODE": {"DataType": "String", "StringValue": "AccessDenied"}},
    )
    for _ in range(2):  # looking takes nothing away
        text = shown(capsys, "dead-letters")
        assert "{\"from_date\": \"2026-11-01\"} {'ERROR_CODE': 'AccessDenied'}" in text
        assert "1 runs wait" in text
    assert "cleared" in shown(capsys, "dead-letters", "--clear")
    assert "0 runs wait" in shown(capsys, "dead-letters")


def test_a_stack_that_is_not_there_is_a_sentence(aws: Aws, capsys: pytest.CaptureFixture[str]) -> None:
    assert aws
    assert watch.main([*SETTINGS, "dead-letters"]) == 1
    assert "Is the stack applied?" in capsys.readouterr().err
